import { assertEquals } from "@std/assert";
import { runtimeClient } from "../../src/kv/client.ts";

Deno.test("what a list was read from holds its values no longer", async () => {
  using kv = await Deno.openKv(":memory:");
  const value = new Uint8Array([1, 2, 3]);
  for (const at of [0, 1]) await kv.set(["a", at], value);
  const given: { readonly value: unknown }[] = [];
  const watched: Deno.Kv = Object.create(kv, {
    list: {
      async *value(selector: Deno.KvListSelector, options: Deno.KvListOptions) {
        for await (const entry of kv.list(selector, options)) {
          given.push(entry);
          yield entry;
        }
      },
    },
  });
  const range = { start: ["a"], end: ["b"] };
  const entries = await runtimeClient(watched).list(range, 10, false);
  assertEquals(entries.map((entry) => [entry.key, entry.value]), [
    [["a", 0], value],
    [["a", 1], value],
  ]);
  assertEquals(given.map((entry) => entry.value), [null, null]);
});
