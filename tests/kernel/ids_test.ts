import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { firstIdAfter, isUlid, randomIds, ulidAfter, ulidTime } from "../../src/kernel/ids.ts";

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const anyUlid = fc.tuple(
  fc.nat(2 ** 47),
  fc.array(fc.constantFrom(...DIGITS, "Z", "Z", "Z"), { minLength: 16, maxLength: 16 }),
).map(([time, tail]) => randomIds(time).slice(0, 10) + tail.join(""));

Deno.test("the id after another carries, into the time as well", () => {
  const cases: [id: string, count: number, after: string][] = [
    ["01ARYZ6S41TSV4RRFFQ69G5FAV", 0, "01ARYZ6S41TSV4RRFFQ69G5FAV"],
    ["01ARYZ6S41TSV4RRFFQ69G5FAV", 1, "01ARYZ6S41TSV4RRFFQ69G5FAW"],
    ["01ARYZ6S41TSV4RRFFQ69G5FAZ", 1, "01ARYZ6S41TSV4RRFFQ69G5FB0"],
    ["01ARYZ6S410000000000000ZZZ", 1, "01ARYZ6S410000000000001000"],
    ["01ARYZ6S410000000000000000", 32 ** 3 + 33, "01ARYZ6S410000000000001011"],
    ["01ARYZ6S41ZZZZZZZZZZZZZZZZ", 1, "01ARYZ6S420000000000000000"],
    ["01ARYZ6SZZZZZZZZZZZZZZZZZZ", 2, "01ARYZ6T000000000000000001"],
  ];
  for (const [id, count, after] of cases) assertEquals(ulidAfter(id, count), after);
});

Deno.test("ids further on are ULIDs, greater, and the same by one step or by many", () => {
  fc.assert(fc.property(anyUlid, fc.nat(1e9), fc.nat(1e9), (id, some, more) => {
    const after = ulidAfter(id, some + 1);
    assert(isUlid(after) && after > id);
    assertEquals(ulidAfter(ulidAfter(id, some), more), ulidAfter(id, some + more));
    assertEquals(ulidAfter(id, some) < ulidAfter(id, more), some < more);
  }));
});

Deno.test("the first id of a commit is after the last, whatever the clock says", () => {
  fc.assert(fc.property(anyUlid, fc.integer({ min: -5, max: 2 ** 47 }), (last, now) => {
    const id = firstIdAfter(last, now, randomIds);
    assert(isUlid(id) && id > last);
    assertEquals(ulidTime(id) >= ulidTime(last), true);
    if (now > ulidTime(last)) assertEquals(ulidTime(id), now);
  }));
  assertEquals(ulidTime(firstIdAfter(undefined, 1234.9, randomIds)), 1234);
  assertEquals(ulidTime(firstIdAfter(undefined, -1, randomIds)), 0);
});

Deno.test("only canonical ULIDs are ULIDs", () => {
  assert(isUlid("01ARYZ6S41TSV4RRFFQ69G5FAV"));
  assert(isUlid("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
  const others = [
    "",
    "01aryz6s41tsv4rrffq69g5fav",
    "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "01ARYZ6S41TSV4RRFFQ69G5FA",
    "01ARYZ6S41TSV4RRFFQ69G5FAVV",
    "01ARYZ6S41TSV4RRFFQ69G5FAU",
    "01ARYZ6S41TSV4RRFFQ69G5FAV\n",
  ];
  for (const text of others) assertEquals(isUlid(text), false, text);
});
