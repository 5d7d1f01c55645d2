import { assertEquals, assertThrows } from "@std/assert";
import { parsePosition, type Position } from "../../src/kernel/position.ts";
import { LedgerError } from "../../src/kernel/errors.ts";

const ID = "01ARYZ6S41TSV4RRFFQ69G5FAV";
const NEW_YEAR = Date.UTC(2026, 0, 1);

Deno.test("a position is an offset, an end, a ULID or a time", () => {
  const time = (ms: number): Position => ({ at: "time", time: NEW_YEAR + ms });
  const cases: [from: unknown, position: Position][] = [
    [0, { at: "offset", offset: 0 }],
    [Number.MAX_SAFE_INTEGER, { at: "offset", offset: Number.MAX_SAFE_INTEGER }],
    ["0", { at: "offset", offset: 0 }],
    ["007", { at: "offset", offset: 7 }],
    ["999999999999999", { at: "offset", offset: 999_999_999_999_999 }],
    ["earliest", { at: "earliest" }],
    ["latest", { at: "latest" }],
    [ID, { at: "after", id: ID }],
    [ID.toLowerCase(), { at: "after", id: ID }],
    ["01234567890123456789012345", { at: "after", id: "01234567890123456789012345" }],
    ["2026-01-01", time(0)],
    ["2026-01-01T00:00", time(0)],
    ["2026-01-01 00:00:01", time(1_000)],
    ["2026-01-01T00:00:01.5", time(1_500)],
    ["2026-01-01T00:00:01.123456789Z", time(1_123)],
    ["2026-01-01T01:00:00+01:00", time(0)],
    ["2026-01-01T01:00:00+0100", time(0)],
    ["2025-12-31T19:00:00-05:00", time(0)],
  ];
  for (const [from, position] of cases) assertEquals(parsePosition(from), position, String(from));
});

Deno.test("anything else is no position", () => {
  const others: unknown[] = [
    ...[undefined, null, true, {}, [], [0], -1, 0.5, NaN, Infinity, 2 ** 53, 10n],
    ...["", " ", "-1", "1.5", "1e3", "0x10", "Earliest", "EARLIEST", "now"],
    ...["1234567890123456", `${ID}A`, ID.slice(1), `${ID.slice(1)}U`, "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"],
    ...["2026-01", "2026-1-1", "2026-13-01", "2026-01-32", "2026-02-30", "2026-01-01T"],
    ...["2026-01-01T25:00", "2026-01-01T00", "2026-01-01Z", " 2026-01-01", "x".repeat(10_000)],
  ];
  for (const from of others) {
    const error = assertThrows(() => parsePosition(from), LedgerError);
    assertEquals(error.code, "position_invalid", String(from));
    assertEquals(error.message.length < 200, true);
  }
});
