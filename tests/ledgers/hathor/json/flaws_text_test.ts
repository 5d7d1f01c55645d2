import { assert, assertEquals, assertThrows } from "@std/assert";
import { readEventRequest } from "../../../../src/ledgers/hathor/sockets/events/request.ts";
import { ValidationError } from "../../../../src/ledgers/hathor/sockets/events/validation_error.ts";
import { pyBytesRepr } from "../../../../src/python/bytes.ts";
import { flawsText } from "../../../../src/python/pydantic.ts";

/** What a message is refused with. */
function refused(message: string): string {
  return assertThrows(() => readEventRequest(message), ValidationError).message;
}

Deno.test("a refusal tells of the first flaws and of how many there are", () => {
  const list = Array.from({ length: 30_000 }, () => "1").join(",");
  const members = Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join(",");
  const refusals = [
    refused(`{"type":"START_STREAM","window_size":1,"event_types":[${list}]}`),
    refused(`{"type":"STOP_STREAM",${members}}`),
  ];
  assertEquals(refusals.map((text) => text.split("\n")[0]), [
    "30000 validation errors for RequestWrapper",
    "5000 validation errors for RequestWrapper",
  ]);
  for (const text of refusals) {
    assert(text.length < 64 * 1_024, `a message of 64 KiB is answered with ${text.length}`);
  }
});

Deno.test("the two ends of a long value are whole characters", () => {
  const told = (input: string | Uint8Array) =>
    /input_value=(.*), input_type/.exec(
      flawsText("M", [{ type: "t", message: "m", input }]),
    )?.[1];
  assertEquals(told("🎉".repeat(48)), `'${"🎉".repeat(48)}'`);
  for (const count of [49, 98, 99, 20_000]) {
    assertEquals(told("🎉".repeat(count)), `'${"🎉".repeat(24)}...${"🎉".repeat(23)}'`);
    assertEquals(told("a".repeat(count)), `'${"a".repeat(24)}...${"a".repeat(23)}'`);
  }
  // Which quotes stand around bytes depends on all of them.
  for (const middle of ["-", "'", '"', "'\""]) {
    const text = "it's".padEnd(10_000, "x") + middle + "\n".repeat(40);
    const bytes = new TextEncoder().encode(text);
    const whole = pyBytesRepr(bytes);
    assertEquals(told(bytes), `${whole.slice(0, 25)}...${whole.slice(-24)}`);
  }
});
