import { assert, assertEquals } from "@std/assert";
import { BoundedCache } from "../../src/crypto/bounded_cache.ts";

Deno.test("a cache keeps what was used lately, by number or by weight, and no more", () => {
  const few = new BoundedCache<number, number>(8);
  for (let key = 0; key < 100; key++) few.set(key, key);
  const kept = [...Array(100).keys()].filter((key) => few.find(key) !== undefined);
  assert(kept.length >= 4 && kept.length <= 8 && kept.includes(99), kept.join());

  const light = new BoundedCache<string, string>(1_000, ({ length }) => length);
  for (let key = 0; key < 50; key++) {
    light.set("again", "x".repeat(90));
    light.set(String(key), "x".repeat(key));
  }
  const chars = Array.from({ length: 50 }, (_, key) => light.find(String(key))?.length ?? 0);
  assertEquals(light.find("again")?.length, 90);
  assert(chars.reduce((sum, length) => sum + length, 0) <= 1_200, chars.join());
  assertEquals(chars.slice(-8), [42, 43, 44, 45, 46, 47, 48, 49]);
  // The same value again counts once.
  for (let time = 0; time < 100; time++) light.set("49", "x".repeat(400));
  assertEquals(light.find("48")?.length, 48);
  light.delete("48");
  assertEquals(light.find("48"), undefined);
});
