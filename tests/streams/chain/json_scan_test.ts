import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Pace } from "../../../src/kernel/turn.ts";
import { StreamRefusal } from "../../../src/streams/chain/errors.ts";
import { messagesOf } from "../../../src/streams/chain/json_messages.ts";
import { SCAN_BYTES } from "../../../src/streams/chain/json_program.ts";
import { commasOfArray } from "../../../src/streams/chain/json_scan.ts";
import { turnsOf } from "../../support/turns.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** White space so long that what comes behind it lies in two slices. */
const filled = (size: number) => " ".repeat(SCAN_BYTES - size);

/** What is found of bytes: the messages, or that there are none. */
async function found(bytes: Uint8Array): Promise<readonly string[] | string> {
  const messages = await messagesOf(bytes);
  if (messages instanceof StreamRefusal) return messages.message;
  return messages.map((message) => new TextDecoder().decode(message));
}

/** The same as the runtime's own readers say, and where a plain loop over the text finds commas. */
function expected(bytes: Uint8Array): readonly string[] | string {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return "The body is not JSON";
  }
  const space = /^[ \t\r\n]+|[ \t\r\n]+$/g;
  const whole = text.replaceAll(space, "");
  if (!Array.isArray(value)) return [whole];
  if (value.length === 0) return [];
  const parts: string[] = [];
  let depth = 0;
  let from = 1;
  let isText = false;
  for (let at = 0; at < whole.length; at++) {
    const one = whole[at] ?? "";
    if (isText && one === "\\") at++;
    else if (one === '"') isText = !isText;
    else if (isText) continue;
    else if ("[{".includes(one)) depth++;
    else if ("]}".includes(one)) depth--;
    if (isText || !(depth === 0 || (depth === 1 && one === ","))) continue;
    parts.push(whole.slice(from, at).replaceAll(space, ""));
    from = at + 1;
  }
  return parts;
}

async function assertAsExpected(bytes: Uint8Array): Promise<void> {
  const told = new TextDecoder().decode(bytes).slice(-200);
  assertEquals([told, await found(bytes)], [told, expected(bytes)]);
}

const ODD = [
  ...["", " ", "1", "-0", "01", "1.", ".5", "1e", "1e+5", "-", "+1", "0x1", "NaN", "Infinity"],
  ...["0.", "0.0", "-01", "1.5e", "1.5E-", "1.5E-7", "1ee", "0e1", "1e1.1", "--1", "1-", "-a"],
  ...["true", "tru", "truex", "nul", "null", "falsefalse", "[true false]", "1 2", "[1]x", "trne"],
  ...[
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "[}",
    "{]",
    "[,]",
    "[1,]",
    "[,1]",
    "[[],[]]",
    "[1]]",
    "[1,,2]",
  ],
  ...['{"a":1}', '{"a":1,}', '{,"a":1}', '{"a"}', '{"a":}', '{"a" : [ ] , "b":{}}', "{1:2}", "1,2"],
  ...['{"a":1 "b":2}', '{"a":1}{', "[1 2]", '"a"', '"a', 'a"', '""', '[""""]', '{"a""b"}', ","],
  ...['"\\n"', '"\\x"', '"\\', '"\\"', '"\\""', '"\\\\"', '"\\\\""', '"\\u00e9"', '"\\u00g9"'],
  ...[
    '"\\u00"',
    '"a\\nb\\"c\\\\"',
    '"\n"',
    '"\t"',
    '"\u0000"',
    '"\u2028\ufeff"',
    "\ufeff1",
    '"\x7f"',
  ],
  ...[
    "\u00a01",
    "[\f1]",
    "'a'",
    '{"\\n\\"":"\\""}',
    '{"a\n":1}',
    '"\\n\n"',
    "[1,\ufeff2]",
    "\ufeff",
  ],
  ...[
    '{"a":1,"b"}',
    '{"a":{"b":[1,{"c":2}]},"d":3}',
    "[{}]",
    '[{"a":1},2]',
    '{"a":[}]}',
    ":",
    '{"a":1:2}',
  ],
  ...['"\\ud800"', '["é","漢","😀"]', '{"é\\u00e9":"漢"}', '[1,"a,]\\"b"]', '"\\/"', '"\\U0041"'],
];

Deno.test("texts are JSON where the runtime's parser takes them, wherever they lie in a slice", async () => {
  for (const text of ODD) {
    await assertAsExpected(encode(text));
    await assertAsExpected(encode(`[${text},${text}]`));
    await assertAsExpected(encode(`${text} \n\t`));
    const bytes = encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      await assertAsExpected(encode(filled(cut) + text));
      await assertAsExpected(encode(`${filled(cut + 1)}[${text}]`));
    }
  }
});

Deno.test("bytes are JSON only where they are UTF-8", async () => {
  const bad = [[0xff], [0xc3], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [
    0xf4,
    0x90,
    0x80,
    0x80,
  ]];
  for (const bytes of [...bad, [0xc3, 0xa9], [0xf0, 0x9f, 0x98, 0x80], [0xef, 0xbb, 0xbf]]) {
    await assertAsExpected(Uint8Array.of(0x22, ...bytes, 0x22));
    await assertAsExpected(Uint8Array.of(...bytes));
    await assertAsExpected(Uint8Array.of(...bytes, 0x31));
  }
});

const piece = fc.oneof(
  fc.constantFrom(...'[]{}:,"\\ne1-.t\n 0u+E/'.split("")),
  fc.constantFrom(
    "\\u00e9",
    "\\ud83d",
    "é",
    "漢",
    "😀",
    "\x00",
    "\x1f",
    "\x7f",
    "true",
    "null",
    ',"a":',
  ),
);

Deno.test("any JSON is, and is not once something is put into it or taken out, as the parser says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue({ noUnicodeString: false }),
      fc.nat(4),
      piece,
      fc.nat(),
      fc.nat(3),
      fc.nat(40),
      async (value, indent, more, at, out, moved) => {
        const text = JSON.stringify(value, null, indent);
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + more + text.slice(place + out);
        for (const one of [text, changed, `[${text},${changed}]`]) {
          await assertAsExpected(encode(one));
          await assertAsExpected(encode(filled(moved) + one));
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("any bytes are taken as the runtime's readers take them", async () => {
  const texts = fc.array(piece, { maxLength: 24 }).map((pieces) => encode(pieces.join("")));
  const bytes = fc.oneof(texts, fc.uint8Array({ maxLength: 24 }));
  await fc.assert(fc.asyncProperty(bytes, assertAsExpected), { numRuns: 3_000 });
});

Deno.test("strings of any length end where they do", async () => {
  for (let length = 0; length < 70; length++) {
    const text = "x".repeat(length);
    for (const end of ['"', '\\""', "\n", '\\u00e9"', 'é"']) {
      await assertAsExpected(encode(`["${text}${end},1]`));
      await assertAsExpected(encode(`${filled(length)}["${text}${end},{"${text}${end}:2}]`));
    }
  }
});

Deno.test("a long text is read in slices, and many at once as each alone", async () => {
  const long = `"${"x".repeat(40 * 1_024)}"`;
  const longer = `"${"é".repeat(70 * 1_024)}"`;
  const deep = `${'[{"a":'.repeat(200)}${longer}${"}]".repeat(200)}`;
  const texts = [
    ...[`[${long},${long},1]`, `[1,${deep},${long}]`, `[${long},1,2,${longer},3]`, `[${longer},1]`],
    ...[`[${long},${long},]`, `[,${long},${long}]`, `[${long},,${long}]`, `[${long},${long} ]`],
    ...[
      `[${long},${long}]]`,
      `[${long},${long}],[1]`,
      `[${long},${long}][1,2]`,
      `[${long},${long}`,
    ],
    ...[`[${long},${longer},]`, `[${longer},{"a":1]`, `[${longer},"]`, `{"a":${deep}]`, deep],
  ];
  await Promise.all(texts.map((text) => assertAsExpected(encode(text))));
});

Deno.test("others are served while a long text is read, whatever is in it", async () => {
  const members = Array.from({ length: 60_000 }, (_, at) => `"m${at}":1`);
  for (
    const text of [
      `{${members.join()}}`,
      `"${"\\n".repeat(300_000)}"`,
      `[${"1,".repeat(300_000)}1]`,
    ]
  ) {
    const pace = new Pace(SCAN_BYTES, 0);
    const { turns } = await turnsOf(() => commasOfArray(encode(text), Infinity, pace));
    assert(turns > 8, `${turns} turns`);
  }
});
