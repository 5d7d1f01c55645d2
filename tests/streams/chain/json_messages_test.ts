import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { StreamRefusal } from "../../../src/streams/chain/errors.ts";
import { messagesOf } from "../../../src/streams/chain/json_messages.ts";
import { turnsOf } from "../../support/turns.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The messages of a text; the status of the refusal where there are none. */
async function split(text: string | Uint8Array): Promise<string[] | number> {
  const found = await messagesOf(typeof text === "string" ? encode(text) : text);
  if (found instanceof StreamRefusal) return found.status;
  return found.map((message) => new TextDecoder().decode(message));
}

Deno.test("a JSON body is cut into messages that keep the client's own text", async () => {
  assertEquals(await split(`{"a": 1}`), [`{"a": 1}`]);
  assertEquals(await split(` {"a":1,"b":[2,3]}\n`), [`{"a":1,"b":[2,3]}`]);
  assertEquals(await split(` [ {"b":[1,2]} , [3,[4]] ,"x,]\\"" ] `), [
    `{"b":[1,2]}`,
    "[3,[4]]",
    `"x,]\\""`,
  ]);
  assertEquals(await split(`[12345678901234567890,1.0,{"b":1,"a":2}]`), [
    "12345678901234567890",
    "1.0",
    `{"b":1,"a":2}`,
  ]);
  assertEquals(await split("[[[1]]]"), ["[[1]]"]);
  assertEquals(await split("[ ]"), []);
  assertEquals(await split(`[""]`), [`""`]);
});

Deno.test("short bodies are cut at once, however many come together", async () => {
  const { turns } = await turnsOf(() =>
    Promise.all(Array.from({ length: 100 }, () => split(`{"a":1}`)))
  );
  assertEquals(turns <= 2, true, `${turns} turns`);
});

Deno.test("what JSON holds and no program's values do stays as it was sent", async () => {
  const odd = [
    "-0",
    "1e400",
    "1E-400",
    `"\\ud800"`,
    `{"__proto__":{"a":1},"constructor":2}`,
    `{"a":1,"a":2}`,
    `"\\u0000\\u2028"`,
    `"\u2028\ufeff"`,
  ];
  assertEquals(await split(`[${odd.join(" , ")}]`), odd);
});

Deno.test("what is not JSON is told from what is", async () => {
  const texts = [
    "",
    " ",
    "{",
    "[1,]",
    "1 2",
    "[1]x",
    "'a'",
    '"a',
    '["\\',
    "[,]",
    "]",
    "\u00a01",
    "NaN",
  ];
  for (const text of texts) assertEquals([text, await split(text)], [text, 400]);
  assertEquals(await split(Uint8Array.of(0x22, 0xff, 0x22)), 400);
});

Deno.test("values are nested as deep as readers can go, and no deeper", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assertEquals(await split(nested(512)), [nested(511)]);
  assertEquals(await split(nested(513)), 400);
  assertEquals(await split(`${'{"a":'.repeat(513)}1${"}".repeat(513)}`), 400);
  assertEquals(await split("[".repeat(700_000)), 400);
});

Deno.test("an append holds as many messages as a commit may, and is refused before it is taken apart", async () => {
  assertEquals(await split(`[${"1,".repeat(340_000)}1]`), 413);
  assertEquals(await split(`[${'{"n":1},'.repeat(85_000)}1]`), 413);
  const most = await split(`[${"1,".repeat(179_999)}1]`);
  assert(Array.isArray(most));
  assertEquals(most.length, 180_000);
});

Deno.test("any JSON array is cut where its parsed form has its elements", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue()), fc.nat(4), async (values, indent) => {
    const parts = await split(JSON.stringify(values, null, indent));
    assert(Array.isArray(parts));
    assertEquals(
      parts.map((part) => JSON.stringify(JSON.parse(part))),
      values.map((value) => JSON.stringify(value)),
    );
  }));
});

Deno.test("others are served while a large body is taken apart", async () => {
  const body = encode(`[${"1,".repeat(150_000)}1]`);
  // 150,000 messages at 128 bytes each are 75 times what is done in a turn.
  assert((await turnsOf(() => messagesOf(body))).turns > 25);
});
