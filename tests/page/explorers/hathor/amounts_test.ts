import { assertEquals } from "@std/assert";
import { amountText, parseExact } from "../../../../src/page/app/explorers/common/whole.ts";
import { changesOf } from "../../../../src/page/app/explorers/hathor/changes.ts";
import {
  isAuthorityOutput,
  isBlockVersion,
  valueText,
} from "../../../../src/page/app/explorers/hathor/node/kinds.ts";

Deno.test("amounts are whole numbers with a point in them, however large", () => {
  const texts: readonly (readonly [number | bigint, number, string])[] = [
    [0, 2, "0.00"],
    [7, 2, "0.07"],
    [123_456, 2, "1,234.56"],
    [-5, 2, "−0.05"],
    [2n ** 63n, 2, "92,233,720,368,547,758.08"],
    [1_000, 0, "1,000"],
    [999, 0, "999"],
  ];
  for (const [value, decimals, wanted] of texts) {
    assertEquals(amountText(value, decimals), wanted);
  }
});

Deno.test("integers that no number holds keep their digits", () => {
  const text = '{"value":9223372036854775807,"small":12,"float":1.5,"word":"9223372036854775807"}';
  assertEquals(parseExact(text), {
    value: 9223372036854775807n,
    small: 12,
    float: 1.5,
    word: "9223372036854775807",
  });
});

Deno.test("an authority says what it may, and is no amount", () => {
  assertEquals(valueText({ value: 1, token_data: 0x81 }), "may mint");
  assertEquals(valueText({ value: 3, token_data: 0x81 }), "may mint, may melt");
  assertEquals(valueText({ value: 100, token_data: 1 }), "1.00");
  assertEquals(isAuthorityOutput({ token_data: 1 }), false);
  assertEquals([0, 1, 2, 3, 5].map(isBlockVersion), [true, false, false, true, true]);
});

Deno.test("what a transaction changes for an address is what it makes less what it spends", () => {
  const output = (address: string, value: number, token = "00", token_data = 0) => ({
    value,
    token_data,
    token,
    decoded: { address },
  });
  const vertex = {
    inputs: [{ ...output("a", 100), tx_id: "t" }, { ...output("b", 5), tx_id: "t" }],
    outputs: [
      output("a", 60),
      output("b", 45),
      output("a", 7, "token", 1),
      output("a", 1, "token", 0x81),
    ],
  };
  assertEquals(changesOf(vertex, "a"), [
    { token: "00", value: -40n },
    { token: "token", value: 7n },
  ]);
  assertEquals(changesOf(vertex, "b"), [{ token: "00", value: 40n }]);
  assertEquals(changesOf(vertex, "c"), []);
});
