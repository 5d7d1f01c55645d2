import { assertEquals } from "@std/assert";
import { Lanes } from "../../src/remote/lanes.ts";
import type { RemoteConnection, RemoteKeeper, RemoteNews } from "../../src/remote/remote.ts";
import { until, within } from "../support/until.ts";

/** More than is committed together. */
const LARGE = 600 * 1024;

function piece(first: number): Exclude<RemoteNews<number>, { readonly kind: "named" }> {
  const told = { first, next: first + 1, item: first, bytes: LARGE, time: 0 };
  return { kind: "piece", line: "a", of: "", piece: told };
}

/** Keeps items, each commit of them once the gate is open. */
function keeperOf(committed: number[], gate: Promise<void>): RemoteKeeper<number> {
  return {
    life: () => Promise.resolve("life"),
    begin: () => Promise.resolve(),
    next: () => Promise.resolve(committed.length),
    async commit(_line, _of, items) {
      await gate;
      committed.push(...items);
    },
    check: () => Promise.resolve(),
    gone: () => Promise.resolve(),
  };
}

Deno.test("what waits when a connection ends is begun no more", async () => {
  const gate = Promise.withResolvers<void>();
  const committed: number[] = [];
  const keeper = keeperOf(committed, gate.promise);
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

Deno.test("ends of a line that are told of while one is fetched are fetched together", async () => {
  const gate = Promise.withResolvers<void>();
  const committed: number[] = [];
  const asked: [from: number, until: number][] = [];
  const connection: RemoteConnection<number> = {
    life: "life",
    async *news() {},
    async *fill(_line, _of, from, until) {
      asked.push([from, until]);
      for (let at = from; at < until; at++) {
        yield { first: at, next: at + 1, item: at, bytes: 1, time: 0 };
      }
    },
  };
  const lanes = new Lanes(keeperOf(committed, gate.promise), () => {});
  void lanes.begin(connection, new AbortController().signal, 0);
  for (let next = 1; next <= 50; next++) {
    await lanes.take({ kind: "end", line: "a", of: "", next, mark: "" });
  }
  assertEquals(lanes.lagEvents, 50);
  gate.resolve();
  await until("all are here", () => committed.length === 50);
  await within("what is in hand has ended", lanes.end());
  assertEquals(asked, [[0, 1], [1, 50]]);
});
