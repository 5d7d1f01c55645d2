import { assertEquals } from "@std/assert";
import { z } from "zod";
import { withHathor } from "../support/hathor_api.ts";
import { networkOf, readVectors } from "../support/vectors.ts";

const GENESIS = networkOf("privatenet").genesis;
const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

const spendSchema = z.object({
  vertices: z.object({ p2pkh_spend_genesis: z.object({ hex: z.string() }) }),
});
const NOBODY = "0".repeat(64);
const NO_INT = "invalid literal for int() with base 10:";
const NO_HEX = "non-hexadecimal number found in fromhex() arg at position";
const SEARCH = `thin_wallet/address_search?address=${ADDRESS}`;
const UTXOS = `utxo_search?address=${ADDRESS}`;

/** Requests that make no sense, with the message of their answers. */
const FAILURES: readonly (readonly [path: string, message: string])[] = [
  ["transaction?id=zz", "Invalid hash"],
  [`transaction?id=${"0".repeat(64)}`, "Transaction not found"],
  [`transaction?id=${"0".repeat(65)}`, "Invalid hash format"],
  [`transaction?id=${"0".repeat(66)}`, "Transaction not found"],
  [`transaction_acc_weight?id=${GENESIS.blockHash.toUpperCase()}%20`, "not allowed on blocks"],
  ["transaction", "Missing parameter: count, type"],
  ["transaction?count=2", "Missing parameter: type"],
  ["transaction?count=x&type=y", "Invalid 'type' parameter, expected 'block' or 'tx'"],
  ["transaction?count=it's&type=tx", `Failed to parse 'count': ${NO_INT} "it's"`],
  ["transaction?count=-1&type=tx", "Failed to parse 'count': negative value not accepted"],
  [`transaction?count=2&type=tx&hash=${NOBODY}`, "Missing parameter: page, timestamp"],
  [
    `transaction?count=2&type=tx&timestamp=1&hash=${NOBODY}&page=up`,
    "Invalid 'page' parameter, expected 'previous' or 'next'",
  ],
  [`transaction_acc_weight?id=${GENESIS.blockHash}`, "not allowed on blocks"],
  ["transaction_acc_weight", "Missing parameter: id"],
  ["transaction_acc_weight?id", "Missing parameter: id"],
  ["dashboard_tx?tx;block=b", "Missing parameter: tx"],
  ["dashboard_tx?tx=1;block=b", `Failed to parse 'block': ${NO_INT} 'b'`],
  ["decode_tx?hex_tx=zz", "Invalid hexadecimal data"],
  ["decode_tx?hex_tx=0001", "Could not decode transaction"],
  ["decode_tx?hex_tx=", "Could not decode transaction"],
  ["dashboard_tx?tx=1", "Missing parameter: block"],
  ["dashboard_tx?tx=a&block=b", `Failed to parse 'block': ${NO_INT} 'b'`],
  ["push_tx", "Missing hexadecimal data"],
  ["block_at_height?height=7", "No block with height 7."],
  ["block_at_height?height=9007199254740993", "No block with height 9007199254740993."],
  ["block_at_height?height=-1", "No block with height -1."],
  ["thin_wallet/address_history", "Missing parameter: addresses[]"],
  ["thin_wallet/address_history?addresses[]=bad", "The address bad is invalid"],
  [`thin_wallet/address_history?addresses[]=${ADDRESS}&hash=xy`, "Invalid hash xy"],
  [
    `thin_wallet/address_history?addresses[]=${ADDRESS}&hash=00`,
    "Hash 00 is not a transaction hash.",
  ],
  [
    `utxo_search?token_uid=00&target_amount=1&address=1${"0".repeat(300)}`,
    "Failed to parse 'address': Invalid base58 address",
  ],
  ["thin_wallet/address_balance", "Missing parameter: address"],
  ["thin_wallet/address_search", "Missing parameter: address"],
  ["thin_wallet/address_search?address=bad", "Missing parameter: count"],
  ["thin_wallet/address_search?address=bad&count=1", "Invalid 'address' parameter"],
  [`${SEARCH}&count=x`, `Failed to parse 'count': ${NO_INT} b'x'`],
  [`${SEARCH}&count=1&token=0`, `Failed to parse 'token': ${NO_HEX} 1`],
  [`${SEARCH}&count=1&hash=${NOBODY}`, "Missing parameter: page"],
  [`${SEARCH}&count=1&hash=${NOBODY}&page=up`, "Invalid value for 'page' parameter"],
  [`${SEARCH}&count=1&hash=${NOBODY}&page=next`, `Invalid hash ${NOBODY}`],
  [
    `${SEARCH}&count=1&hash=${GENESIS.tx1Hash}&page=next`,
    `Invalid hash ${GENESIS.tx1Hash}`,
  ],
  ["thin_wallet/token?id=zz", "Invalid token id"],
  ["thin_wallet/token?id=01", "Invalid token id format"],
  [`thin_wallet/token?id=${"1".repeat(64)}`, "Unknown token"],
  ["thin_wallet/token_history?count=1", "Missing parameter: id"],
  ["thin_wallet/token_history?id=00&count=x", "Invalid token id"],
  [`thin_wallet/token_history?id=${NOBODY}&count=x`, `Failed to parse 'count': ${NO_INT} 'x'`],
  [
    `thin_wallet/token_history?id=${NOBODY}&count=1&hash=00&timestamp=1&page=next`,
    "Failed to parse 'hash': length must be 32 bytes",
  ],
  ["utxo_search?token_uid=00", "Missing parameter: address, target_amount"],
  [`${UTXOS}&token_uid=zz&target_amount=x`, `Failed to parse 'token_uid': ${NO_HEX} 0`],
  [`${UTXOS}&token_uid=01&target_amount=1`, "Failed to parse 'token_uid': not a valid hash length"],
  [`${UTXOS}&token_uid=00&target_amount=1.5`, `Failed to parse 'target_amount': ${NO_INT} '1.5'`],
  [
    "utxo_search?address=bad&token_uid=00&target_amount=1",
    "Failed to parse 'address': Address size must have 25 bytes",
  ],
  ["mining?address=bad", "Invalid address"],
  ["graphviz/neighbours.dot?tx=00", "Missing parameter: graph_type, max_level"],
  ["graphviz/neighbours.png?tx=00&graph_type=funds&max_level=1", "Invalid hash"],
];

Deno.test("requests that make no sense are answered with a 200 and the reason", async () => {
  await withHathor(async (api) => {
    for (const [path, message] of FAILURES) {
      const answer = await api.get(`/v1a/${path}`);
      assertEquals([answer.success, answer.message], [false, message], path);
    }
    for (const body of [{}, [], 5, { hexdata: "zz" }, { hexdata: "0001" }, undefined]) {
      assertEquals((await api.post("/v1a/submit_block", body)).success, false);
      assertEquals((await api.post("/v1a/push_tx", body)).success, false);
      assertEquals((await api.post("/v1a/thin_wallet/address_history", body)).success, false);
    }
    const { message } = JSON.parse((await api.send("POST", "/v1a/push_tx", "{")).text);
    assertEquals(message, "Missing hexadecimal data");
    const noJson = await fetch(`${api.origin}/v1a/push_tx`, { method: "POST", body: "\n {x" });
    assertEquals(await noJson.json(), {
      success: false,
      message: "Expecting property name enclosed in double quotes: line 2 column 3 (char 3)",
    });
  });
});

Deno.test("what else is in a body counts for nothing, whatever its name", async () => {
  await withHathor(async (api) => {
    const ask = async (path: string, body: unknown) => {
      const { status, text } = await api.send("POST", `/v1a/${path}`, body);
      return [status, JSON.parse(text)];
    };
    for (
      const [path, body] of [
        ["push_tx", { hex_tx: "zz" }],
        ["create_tx", { inputs: [], outputs: [{ address: "x", value: 1 }] }],
        ["thin_wallet/send_tokens", { tx_hex: "zz" }],
        ["p2p/netfilter", { chain: { name: "post_peerid" }, match: { type: "x" } }],
        ["profiler", { start: true }],
      ] as const
    ) {
      assertEquals(await ask(path, { 1: { 2: 3 }, ...body }), await ask(path, body), path);
    }
  });
});

const NOT_INT = "Input should be a valid integer, unable to parse string as an integer";
const EXTRA = "Extra inputs are not permitted";
const VERSION = `Invalid tx_version parameter: ${NO_INT}`;

type Flaw = readonly [name: string, words: string, type: string, input: string, of?: string];

/** What pydantic says of a request. */
function told(model: string, ...flaws: readonly Flaw[]): string {
  const count = flaws.length === 1 ? "1 validation error" : `${flaws.length} validation errors`;
  return [
    `${count} for ${model}`,
    ...flaws.map(([name, words, type, input, of = "str"]) =>
      `${name}\n  ${words} [type=${type}, input_value=${input}, input_type=${of}]\n` +
      `    For further information visit https://errors.pydantic.dev/2.11/v/${type}`
    ),
  ].join("\n");
}

/** Requests that are answered with a status of their own, and `error`. */
const ERRORS: readonly (readonly [path: string, status: number, error: string])[] = [
  ["event?size=x", 200, told("GetEventsParams", ["size", NOT_INT, "int_parsing", "'x'"])],
  [
    "event?size=1&sizes=2",
    200,
    told("GetEventsParams", ["sizes", EXTRA, "extra_forbidden", "'2'"]),
  ],
  ["event?size=1&size=2", 200, "expected one value at most"],
  [
    "block_at_height?include_transactions=all",
    400,
    told(
      "BlockAtHeightParams",
      ["height", "Field required", "missing", "{'include_transactions': 'all'}", "dict"],
      ["include_transactions", "Input should be 'txid' or 'full'", "literal_error", "'all'"],
    ),
  ],
  [
    "feature?block=abc",
    400,
    told("GetBlockFeaturesParams", [
      "block",
      `Value error, ${NO_HEX} 3`,
      "value_error",
      "'abc'",
    ]),
  ],
  [`feature?block=${NOBODY}`, 400, NOBODY],
  [`feature?block=${GENESIS.tx1Hash}`, 200, `Hash '${GENESIS.tx1Hash}' is not a Block.`],
  ["get_block_template?address=bad", 500, "Address size must have 25 bytes"],
  ["get_block_template?capabilities=x", 500, "'x' is not a valid Capabilities"],
];

Deno.test("numbers may be in digits of any script but for pydantic, and a history go on from any vertex", async () => {
  await withHathor(async (api) => {
    const { transactions } = await api.get("/v1a/transaction?count=１&type=tx");
    assertEquals(transactions.length, 1);
    assertEquals((await api.get("/v1a/event?size=１")).success, false);
    const history = async (hash: string) =>
      (await api.get(`/v1a/thin_wallet/address_history?addresses[]=${ADDRESS}&hash=${hash}`))
        .history.length;
    assertEquals([await history(GENESIS.blockHash), await history(GENESIS.tx1Hash)], [1, 0]);
  });
});

Deno.test("some tell what is wrong as pydantic does, or with a status", async () => {
  await withHathor(async (api) => {
    for (const [path, status, error] of ERRORS) {
      assertEquals((await api.get(`/v1a/${path}`, status)).error, error, path);
    }
    const { hex } = readVectors("hathor.json", spendSchema).vertices.p2pkh_spend_genesis;
    assertEquals(await api.post("/v1a/submit_block", { hexdata: hex }, 400), {
      error: "Not a block",
    });
    const versions = "thin_wallet/address_history?tx_version[]=x&addresses[]=";
    assertEquals((await api.get(`/v1a/${versions}${ADDRESS}`, 400)).message, `${VERSION} 'x'`);
    const history = (more: object, status = 200) =>
      api.post("/v1a/thin_wallet/address_history", { addresses: [ADDRESS], ...more }, status);
    for (const hash of [false, 0, "", [], {}, null]) {
      assertEquals((await history({ hash })).history.length, 1);
    }
    for (const hash of [true, { 1: 2 }]) {
      assertEquals((await history({ hash })).message, "Missing parameter: addresses");
    }
    const floats = `{"addresses":["${ADDRESS}"],"hash":0.0}`;
    const url = `${api.origin}/v1a/thin_wallet/address_history`;
    const none = await fetch(url, { method: "POST", body: floats });
    assertEquals((await none.json()).history.length, 1);
    assertEquals((await history({ tx_version: true })).history.length, 0);
    assertEquals((await history({ tx_version: [false] })).history.length, 1);
    for (const [version, what] of [["NaN", "NaN"], ["1e400", "infinity"]]) {
      const body = `{"addresses":["${ADDRESS}"],"tx_version":${version}}`;
      const answer = await fetch(url, { method: "POST", body });
      const why = `must be integer(s), got cannot convert float ${what} to integer`;
      assertEquals(
        [answer.status, (await answer.json()).message],
        [400, `Invalid tx_version parameter: ${why}`],
      );
    }
    // Nobody asks for what else is in a body, whatever its name.
    assertEquals((await history({ 1: 2 })).history.length, 1);
    const { message } = await history({ tx_version: null }, 400);
    assertEquals(message.endsWith("a real number, not 'NoneType'"), true, message);
  });
});
