import { assertEquals } from "@std/assert";
import { Lanes } from "../../src/remote/lanes.ts";
import type { RemoteConnection, RemoteKeeper, RemoteNews } from "../../src/remote/remote.ts";
import { within } from "../support/until.ts";

/** More than is committed together. */
const LARGE = 600 * 1024;

function piece(first: number): Exclude<RemoteNews<number>, { readonly kind: "named" }> {
  const told = { first, next: first + 1, item: first, bytes: LARGE, time: 0 };
  return { kind: "piece", line: "a", of: "", piece: told };
}

Deno.test("what waits when a connection ends is begun no more", async () => {
  const gate = Promise.withResolvers<void>();
  const committed: number[] = [];
  const keeper: RemoteKeeper<number> = {
    life: () => Promise.resolve("life"),
    begin: () => Promise.resolve(),
    next: () => Promise.resolve(committed.length),
    async commit(_line, _of, items) {
      await gate.promise;
      committed.push(...items);
    },
    check: () => Promise.resolve(),
    gone: () => Promise.resolve(),
  };
  const connection: RemoteConnection<number> = {
    life: "life",
    async *news() {},
    async *fill() {},
  };
  const lanes = new Lanes(keeper, () => {});
  void lanes.begin(connection, new AbortController().signal, 0);
  for (let id = 0; id < 3; id++) await lanes.take(piece(id));
  const ended = lanes.end();
  gate.resolve();
  await within("what is in hand has ended", ended);
  assertEquals(committed, [0]);
});
