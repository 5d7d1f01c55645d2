import { messageToSign } from "../../../src/ledgers/shared_bigchaindb/transaction/signatures.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fulfillmentText } from "../../../src/crypto/conditions/fulfillment.ts";
import { sha3Begun, sha3Hex } from "../../../src/crypto/hash.ts";
import type { PyJson, PyObject } from "../../../src/python/json.ts";
import { canonicalTexts } from "../../../src/ledgers/shared_bigchaindb/transaction/canonical.ts";
import { handshake } from "../../support/raw_socket.ts";
import { Person, signed } from "./builder.ts";
import { create, idOf, LedgerApi, transfer, withLedger } from "./ledger_api.ts";

// Each body is about as large as one may be. What took the square of its size, or its size times its
// depth, took minutes: these tests would not end.

const alice = new Person("alice");
const KEY = alice.publicKey;
const URI =
  "ni:///sha-256;kdUOhJjj3NRiQMYcAU8sKwaDNlTB5B24IzEdMJQBn_8?fpt=ed25519-sha-256&cost=131072";
const LARGE = 600_000;

function output(details: PyJson): PyObject {
  return { amount: "1", public_keys: [KEY], condition: { details, uri: URI } };
}

function keyDetails(key: string): PyObject {
  return { type: "ed25519-sha-256", public_key: key };
}

/** A transaction whose id is right, whatever else is wrong with it. */
function named(members: Readonly<Record<string, PyJson>>): PyObject {
  const body: PyObject = {
    inputs: [{ owners_before: [KEY], fulfills: null, fulfillment: "" }],
    outputs: [],
    operation: "CREATE",
    metadata: null,
    asset: { data: null },
    version: "2.0",
    ...members,
    id: null,
  };
  return { ...body, id: sha3Hex(canonicalTexts(body).forId) };
}

function nested(depth: number, innermost: readonly PyJson[]): PyObject {
  let details: PyObject = {
    type: "threshold-sha-256",
    threshold: 1,
    subconditions: innermost,
  };
  for (let level = 1; level < depth; level++) {
    details = { type: "threshold-sha-256", threshold: 1, subconditions: [details] };
  }
  return details;
}

function election(publicKey: PyObject): PyObject {
  return named({
    operation: "VALIDATOR_ELECTION",
    asset: { data: { node_id: "n", public_key: publicKey, power: 1 } },
    outputs: [alice.output(10)],
  });
}

const parts = (count: number) => new Array(count).fill(keyDetails(KEY));

/** What is posted, and the message that refuses it. */
const REFUSED: readonly (readonly [string, PyJson, RegExp])[] = [
  [
    "a key with spaces and more after it",
    create(alice, null, { outputs: [output(keyDetails(`${KEY}${" ".repeat(LARGE)}x`))] }),
    /\(ValueError\): Invalid character ' '$/,
  ],
  [
    "a long key",
    create(alice, null, { outputs: [output(keyDetails("z".repeat(LARGE)))] }),
    /\(ValueError\): Public key must be 32 bytes, was: 439349$/,
  ],
  [
    "padding of base32",
    election({ type: "ed25519-base32", value: `${"=".repeat(LARGE)}AAAAAAAA` }),
    /\(InvalidPublicKey\): Invalid `type` specified for public key `value`$/,
  ],
  [
    "long base16",
    election({ type: "ed25519-base16", value: "AA".repeat(LARGE / 2) }),
    /\(InvalidPublicKey\): Public key should be of size 32 bytes$/,
  ],
  ["inputs of another type", named({ inputs: new Array(300_000).fill(0) }), /0 is not of type/],
  ["outputs of another type", named({ outputs: new Array(200_000).fill("") }), /'' is not of type/],
  [
    "an error deep inside many",
    named({ outputs: [output(nested(450, [...parts(6_000), { x: 1 }]))] }),
    /Additional properties are not allowed \('x' was unexpected\)$/,
  ],
  [
    "thresholds that are too deep",
    create(alice, null, { outputs: [output(nested(400, parts(6_000)))] }),
    /\(ThresholdTooDeep\): $/,
  ],
  [
    "ids that almost are",
    named({ operation: "TRANSFER", asset: { id: `${"0".repeat(63)}-`.repeat(9_000) } }),
    /does not match '\[0-9a-f\]\{64\}'$/,
  ],
  [
    "an index past 2^53",
    named({
      operation: "TRANSFER",
      asset: { id: "0".repeat(64) },
      inputs: [{
        owners_before: [KEY],
        fulfills: { transaction_id: "0".repeat(64), output_index: 10n ** 300n },
        fulfillment: fulfillmentText(alice.fulfill(new Uint8Array(32))) ?? null,
      }],
    }),
    /\(InputDoesNotExist\): output `10{300}` of input `0{64}` doesn't exist$/,
  ],
];

Deno.test("what is large and wrong is refused in the original's words", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    for (const [what, json, message] of REFUSED) {
      assertMatch(await api.refuse(json), message, what);
    }
  });
});

Deno.test("a body whose keys have one hash, or that nests too deep, is no JSON", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const keys = Array.from({ length: 40_000 }, (_, at) => `"${1_000_000_000 + at * 65_536}":1`);
    for (const body of [`{${keys.join(",")}}`, "[".repeat(500_000), "9".repeat(1_000_000)]) {
      const path = `${api.origin}/api/v1/transactions`;
      const response = await fetch(path, { method: "POST", body });
      assertEquals([response.status, (await response.text()).slice(0, 24)], [
        400,
        '{"message": "The browser',
      ]);
    }
  });
});

/** Long runs of marks, as many words as there is room for, and words with one hash. */
const SEARCHED = [
  "\u0316\u0301".repeat(45_000),
  `${"\u0301".repeat(45_000)}${"\u0316".repeat(45_000)}`,
  Array.from({ length: 50_000 }, (_, at) => `word${at}`).join(" "),
  Array.from({ length: 40_000 }, (_, at) => 1_000_000_000 + at * 65_536).join(" "),
];

Deno.test("metadata of any words is taken, and found by its first", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const ids: string[] = [];
    for (const note of SEARCHED) {
      ids.push(await api.accept(create(alice, null, { metadata: { note: `first ${note}` } })));
    }
    const found = await api.get("/api/v1/metadata?search=first");
    assertEquals(found.map(({ id }: { id: string }) => id).sort(), ids.toSorted());
  });
});

Deno.test("a search has so many words, and phrases of so many characters", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    await api.accept(create(alice, { note: "a".repeat(LARGE) }));
    const search = async (text: string) => {
      const path = `/api/v1/assets?search=${encodeURIComponent(text)}`;
      const response = await fetch(api.origin + path);
      return `${response.status} ${await response.text()}`;
    };
    const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`).join(" ");
    assertEquals(await search(words(100)), "200 []\n");
    assertEquals(
      await search(words(101)),
      '400 {"message":"text_search cannot have more than 100 words and phrases","status":400}\n',
    );
    assertEquals(await search(`aaa "b${"a".repeat(199)}"`), "200 []\n");
    assertEquals(
      await search(`"${"a".repeat(201)}"`),
      '400 {"message":"text_search cannot have a phrase of more than 200 characters","status":400}\n',
    );
  });
});

Deno.test("a fulfillment of thousands of signatures is verified, each of them", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const draft: PyObject = {
      inputs: [{ owners_before: [KEY], fulfills: null, fulfillment: null }],
      outputs: [alice.output(1)],
      operation: "CREATE",
      metadata: null,
      asset: { data: null },
      version: "2.0",
      id: null,
    };
    const right = alice.fulfill(
      messageToSign(sha3Begun(canonicalTexts(draft).unsigned), undefined),
    );
    const wrong = alice.fulfill(new Uint8Array(32));
    const made = (last: typeof right): PyObject => {
      const subfulfillments = [...new Array(2_999).fill(right), last];
      const fulfillment = fulfillmentText({
        type: "threshold-sha-256",
        threshold: subfulfillments.length,
        subfulfillments,
        subconditions: [],
      });
      const inputs = [{ owners_before: [KEY], fulfills: null, fulfillment: fulfillment ?? null }];
      const whole = { ...draft, inputs };
      return { ...whole, id: sha3Hex(canonicalTexts(whole).forId) };
    };
    assertMatch(await api.refuse(made(wrong)), /\(InvalidSignature\): Transaction signature/);
    await api.accept(made(right));
  });
});

async function outputsOf(api: LedgerApi, more: string): Promise<string[]> {
  const found = await api.get(`/api/v1/outputs?public_key=${KEY}${more}`);
  return found.map((
    { transaction_id, output_index }: { transaction_id: string; output_index: number },
  ) => `${transaction_id}/${output_index}`);
}

Deno.test("outputs of several pages come in the order of commits, spent and unspent among each other", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const expected: string[] = [];
    const spent: string[] = [];
    for (let made = 0; made < 3; made++) {
      const outputs = Array.from({ length: 400 }, () => alice.output(1));
      const many = create(alice, { made }, { outputs });
      const id = await api.accept(many);
      for (let at = 0; at < 400; at++) expected.push(`${id}/${at}`);
      if (made === 1) continue;
      // Every third of them, in one transfer.
      const inputs = Array.from({ length: 134 }, (_, at) => at * 3);
      const moved = signed({
        operation: "TRANSFER",
        members: { asset: { id }, metadata: null, version: "2.0" },
        outputs: [new Person("bob").output(134)],
        inputs: inputs.map((outputIndex) => ({
          by: alice,
          fulfills: { transactionId: id, outputIndex },
        })),
      });
      await api.accept(moved);
      for (const at of inputs) spent.push(`${id}/${at}`);
    }
    assertEquals(await outputsOf(api, ""), expected);
    assertEquals(await outputsOf(api, "&spent=true"), spent);
    const isSpent = new Set(spent);
    assertEquals(
      await outputsOf(api, "&spent=false"),
      expected.filter((each) => !isSpent.has(each)),
    );
    const head = await fetch(`${api.origin}/api/v1/outputs?public_key=${KEY}`, { method: "HEAD" });
    const length = (await api.text(`/api/v1/outputs?public_key=${KEY}`)).length;
    assertEquals(head.headers.get("content-length"), String(length));
  });
});

Deno.test("long lists of transactions are sent in pieces, and are what they would be as one", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    let last = create(alice, { note: "x".repeat(100_000) });
    const id = await api.accept(last);
    const texts = [(await api.text(`/api/v1/transactions/${id}`)).trimEnd()];
    for (let at = 0; at < 8; at++) {
      const metadata = { note: "y".repeat(100_000), at };
      last = transfer(alice, last, [alice.output(1)], { assetId: id, metadata });
      await api.accept(last);
      texts.push((await api.text(`/api/v1/transactions/${idOf(last)}`)).trimEnd());
    }
    const list = `/api/v1/transactions?asset_id=${id}`;
    const response = await fetch(api.origin + list);
    assertEquals(response.headers.get("content-length"), null);
    assertEquals(await response.text(), `[${texts.join(", ")}]\n`);
    assertEquals(await api.text(`${list}&last_tx=true`), `[${texts.at(-1)}]\n`);
    assertEquals(await api.text(`${list}&operation=CREATE`), `[${texts[0]}]\n`);
    const { length } = await api.get(`${list}&operation=TRANSFER`);
    assertEquals(length, 8);
    const found = await api.get("/api/v1/metadata?search=note&limit=3");
    assertEquals(found, []);
  });
});

Deno.test("of many inputs and assets each is checked, and what is wrong is told", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const made = create(alice, null);
    await api.accept(made);
    const many = signed({
      operation: "TRANSFER",
      members: { asset: { id: idOf(made) }, metadata: null, version: "2.0" },
      outputs: [alice.output(1)],
      inputs: Array.from({ length: 1_000 }, (_, outputIndex) => ({
        by: alice,
        fulfills: { transactionId: idOf(made), outputIndex },
      })),
    });
    assertMatch(await api.refuse(many), /\(InputDoesNotExist\): output `1` of input/);
    const outputs = Array.from({ length: 600 }, () => alice.output(1));
    const halves = [1, 2].map((part) => create(alice, { part }, { outputs }));
    for (const half of halves) await api.accept(half);
    const both = signed({
      operation: "TRANSFER",
      members: { asset: { id: idOf(halves[0] ?? {}) }, metadata: null, version: "2.0" },
      outputs: [alice.output(1_200)],
      inputs: halves.flatMap((half) =>
        outputs.map((_, outputIndex) => ({
          by: alice,
          fulfills: { transactionId: idOf(half), outputIndex },
        }))
      ),
    });
    assertMatch(await api.refuse(both), /\(AssetIdMismatch\)/);
  });
  await withLedger("planetmint", async ({ api }) => {
    const members = { assets: [{ data: "QmX" }], metadata: null, version: "3.0" };
    const made = signed({
      operation: "CREATE",
      members,
      outputs: [alice.output(1), alice.output(1)],
      inputs: [{ by: alice }],
    });
    await api.accept(made);
    const composed = (assets: readonly PyJson[], outputIndex: number) =>
      signed({
        operation: "COMPOSE",
        members: { assets, metadata: null, version: "3.0" },
        outputs: [alice.output(1)],
        inputs: [{ by: alice, fulfills: { transactionId: idOf(made), outputIndex } }],
      });
    const ids = Array.from({ length: 2_000 }, (_, at) => ({ id: `${at}`.padStart(64, "0") }));
    await api.accept(composed([{ data: "QmY" }, { id: idOf(made) }, ...ids], 0));
    // The schema lets text around an id through, of any length.
    const long = { id: `${"0".repeat(64)} ${"x".repeat(5_000)}` };
    const id = await api.accept(composed([{ data: "QmY" }, long], 1));
    assert((await api.get(`/api/v1/transactions/${id}`)).assets.length === 2);
  });
});

Deno.test("a stream's filter has so many values", async () => {
  await withLedger("bigchaindb", async ({ streams }) => {
    const query = (count: number) =>
      Array.from({ length: count }, (_, at) => `public_key=${new Person(`${at}`).publicKey}`).join(
        "&",
      );
    const path = "/api/v1/streams/valid_transactions";
    for (const [count, status] of [[256, 101], [257, 400]] as const) {
      const answer = await handshake(streams, `${path}?${query(count)}`);
      assertEquals([count, answer.status], [count, status]);
      answer.connection.close();
    }
  });
});
