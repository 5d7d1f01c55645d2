import { assert, assertEquals } from "@std/assert";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { NOW } from "../support/test_node.ts";

const WORDS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";
const OTHER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
const BASE = "/v1a/wallet/nano-contract";
const REWARD = 6400;

/** What an oracle has signed: `some_id` is 300, in hathor-core's own test. */
const ORACLE = {
  oracle_data: "B3NvbWVfaWQEW/xjGQIBLA==",
  oracle_signature: "MEUCIGeqbmLRI6lrgXMy4sQEgK94F5m14oVL5Z7oLLVII7BUAiEApKTMuWlwvws574+" +
    "jtqKW5/AuH+ICD0u+HyMyHe0aric=",
  oracle_pubkey: "Awmloohhey8WhajdDURgvbk1z3JHX2vxDSBjz9uG9wEp",
};
const ORACLE_HASH = "6o6ul2c+sqAariBVW+CwNaSJb9w=";

async function withWallet(
  body: (api: HathorApi, address: string, clock: SteppedClock) => Promise<void>,
) {
  const clock = new SteppedClock(NOW);
  await withHathor(async (api) => {
    const { address } = await api.get("/v1a/wallet/address?new=true");
    await mineTo(api, address);
    await mineTo(api, OTHER);
    clock.time += 60_000;
    await body(api, address, clock);
  }, { flags: [`--hathor-wallet-words=${WORDS}`], clock });
}

function contract(values: object[], more: object = {}) {
  return {
    oracle_data_id: "some_id",
    oracle_pubkey_hash: ORACLE_HASH,
    total_value: REWARD,
    input_value: REWARD,
    min_timestamp: 1,
    fallback_address: null,
    values,
    ...more,
  };
}

async function told(api: HathorApi, method: string, path: string, body?: unknown) {
  const { status, text } = await api.send(method, `${BASE}/${path}`, body);
  const { success, message } = JSON.parse(text);
  assertEquals([status, success], [200, false], text);
  return message;
}

Deno.test("a contract that matches values is made, decoded, signed and sent, and no longer executed", async () => {
  await withWallet(async (api, address) => {
    const asked = contract([{ address, value: 300 }], { fallback_address: OTHER });
    const { success, hex_tx: hex } = await api.post(`${BASE}/match-value`, asked);
    assertEquals(success, true);
    const { nano_contract, outputs, my_inputs, other_inputs } = await api.get(
      `${BASE}/decode?hex_tx=${hex}`,
    );
    assertEquals(nano_contract, {
      type: "NanoContractMatchValues",
      oracle_pubkey_hash: ORACLE_HASH,
      min_timestamp: 1,
      oracle_data_id: "some_id",
      value_dict: { [address]: 300 },
      fallback_pubkey_hash: OTHER,
      value: REWARD,
    });
    assertEquals([outputs, my_inputs.length, other_inputs], [[], 1, []]);
    // Whoever decodes it otherwise is told as well.
    const { tx } = await api.get(`/v1a/decode_tx?hex_tx=${hex}`);
    const { value: _, ...decoded } = nano_contract;
    assertEquals(tx.outputs[0].decoded, decoded);
    const signed = await api.get(`/v1a/wallet/sign_tx?hex_tx=${hex}&prepare_to_send=true`);
    const sent = await api.post("/v1a/thin_wallet/send_tokens", { tx_hex: signed.hex_tx });
    assertEquals([sent.success, sent.message], [true, ""]);
    const spending = { spent_tx_id: sent.tx.hash, spent_tx_index: 0, address, value: REWARD };
    // What the oracle has signed is good, but the opcodes for it are no more: what is new may not
    // have them. The original fails at it with a page of HTML.
    const executed = await api.post(`${BASE}/execute`, { ...spending, ...ORACLE });
    assertEquals(executed, { success: false, message: "unknown opcode: 186" });
  });
});

Deno.test("others add their values and their stakes to a contract", async () => {
  await withWallet(async (api, address) => {
    const first = await api.post(`${BASE}/match-value`, contract([{ address, value: 70_000 }]));
    const second = { new_values: [{ address: OTHER, value: "5" }], input_value: 50 };
    const { hex_tx: changed } = await api.send("PUT", `${BASE}/match-value`, {
      ...second,
      hex_tx: first.hex_tx,
    }).then(({ text }) => JSON.parse(text));
    const { nano_contract, my_inputs, outputs } = await api.get(`${BASE}/decode?hex_tx=${changed}`);
    assertEquals(nano_contract.value_dict, { [address]: 70_000, [OTHER]: 5 });
    assertEquals([nano_contract.fallback_pubkey_hash, my_inputs.length], [null, 2]);
    const [{ type, value }] = outputs;
    assertEquals([type, value], ["P2PKH", REWARD - 50]);
    const plain = await api.post("/v1a/create_tx", { inputs: my_inputs, outputs: [] }, 500);
    assert("error" in plain);
  });
});

Deno.test("a contract is asked for as the original asks, and what makes no sense is told", async () => {
  await withWallet(async (api, address) => {
    for (
      const [method, path, body, message] of [
        ["POST", "match-value", {}, "Missing parameter: values"],
        ["POST", "match-value", [], "Missing parameter: values"],
        ["POST", "match-value", undefined, "Invalid format for post data"],
        [
          "POST",
          "match-value",
          contract([{ address: "x", value: 1 }]),
          "Invalid 'address' in parameters",
        ],
        [
          "POST",
          "match-value",
          contract([{ address, value: -1 }]),
          "Invalid 'value' in parameters",
        ],
        [
          "POST",
          "match-value",
          contract([{ address, value: 1e30 }]),
          "Invalid 'value' in parameters",
        ],
        [
          "POST",
          "match-value",
          contract([], { total_value: 0 }),
          "Invalid 'total_value' in parameters",
        ],
        [
          "POST",
          "match-value",
          contract([], { oracle_data_id: 5 }),
          "Invalid 'oracle_data_id' in parameters",
        ],
        [
          "POST",
          "match-value",
          contract([], { input_value: 1e9 }),
          "Requested amount: 1000000000 / Available: 6400",
        ],
        ["PUT", "match-value", { hex_tx: "" }, "Missing parameter: new_values"],
        [
          "PUT",
          "match-value",
          { hex_tx: "zz", new_values: [], input_value: 1 },
          "Could not decode hex transaction",
        ],
        ["GET", "decode", undefined, "Missing parameter: hex_tx"],
        ["GET", "decode?hex_tx=123", undefined, "Invalid transaction"],
        ["GET", "decode?hex_tx=1334", undefined, "Invalid transaction"],
        ["POST", "execute", undefined, "No post data received"],
        ["POST", "execute", { value: 1 }, "Missing parameter: spent_tx_id"],
      ] as const
    ) assertEquals(await told(api, method, path, body), message);
  });
  await withHathor(async (api) => {
    const [asked, none] = [contract([]), "The node has no wallet"];
    assertEquals(await told(api, "POST", "match-value", asked), none);
  });
});
