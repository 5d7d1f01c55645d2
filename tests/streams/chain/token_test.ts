import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { StreamRefusal } from "../../../src/streams/chain/errors.ts";
import { newLife, parseToken, tokenOf } from "../../../src/streams/chain/token.ts";

Deno.test("tokens sort as text as their positions do, and are read back", () => {
  const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const life = newLife();
  fc.assert(fc.property(position, position, (one, other) => {
    const a = tokenOf({ position: one, life });
    const b = tokenOf({ position: other, life });
    assertEquals(Math.sign(one - other), a < b ? -1 : a > b ? 1 : 0);
    assertEquals(parseToken(a), { position: one, life });
  }));
});

Deno.test("the beginning has one token in every life", () => {
  assertEquals(tokenOf({ position: 0, life: "" }), "0000000000000000_0000000000000000");
  assertEquals(parseToken("0000000000000000_0000000000000000"), { position: 0, life: "" });
});

Deno.test("a token that was never given out is refused", () => {
  for (
    const text of ["", "0", "-2", "1_2", "0000000000000000", `${"9".repeat(17)}_${"0".repeat(16)}`]
  ) {
    assertThrows(() => parseToken(text), StreamRefusal);
  }
});
