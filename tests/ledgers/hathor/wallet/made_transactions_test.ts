import { assert, assertEquals } from "@std/assert";
import { Signer } from "../support/wallet_keys.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { sighashOf } from "../../../../src/ledgers/hathor/vertex/sighash.ts";
import {
  type TransactionFields,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { hexOf, spending } from "../support/unmined.ts";
import { networkOf, transactionOf } from "../support/vectors.ts";

const GENESIS = "00000334a21fbb58b4db8d7ff282d018e03e2977abd3004cf378fb1d677c3967";
const OWNER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
const ALL = 100_000_000_000;

/** What spends the genesis as `create_tx` is asked for it. */
function payment(value: unknown = ALL, more: object = {}) {
  return {
    inputs: [{ tx_id: GENESIS, index: 0 }],
    outputs: [{ address: OWNER, value }],
    ...more,
  };
}

/** A transaction of the genesis' owner, signed. */
function signed(hex: string): TransactionFields {
  const tx = transactionOf(hex);
  assert(tx.version === VertexVersion.transaction);
  const data = new Signer(networkOf("privatenet")).sign(OWNER, sighashOf(tx));
  return { ...tx, inputs: tx.inputs.map((input) => ({ ...input, data })) };
}

async function made(api: HathorApi, body: object): Promise<string> {
  const answer = await api.post("/v1a/create_tx", body);
  assertEquals(answer.success, true);
  return answer.hex_data;
}

async function refused(api: HathorApi, body: unknown, status = 500): Promise<string> {
  const answer = await api.post("/v1a/create_tx", body, status);
  assertEquals(Object.keys(answer), ["error"]);
  return answer.error;
}

Deno.test("a transaction is made of inputs and outputs, signed by its owner, and sent", async () => {
  await withHathor(async (api) => {
    await mineTo(api, OWNER);
    const answer = await api.post("/v1a/create_tx", payment());
    assertEquals(Object.keys(answer), ["success", "hex_data", "data"]);
    assertEquals(Object.keys(answer.data), [
      "timestamp",
      "version",
      "weight",
      "signal_bits",
      "parents",
      "inputs",
      "outputs",
      "tokens",
      "token_amount_version",
    ]);
    assertEquals(answer.data.inputs, [{ tx_id: GENESIS, index: 0, data: "" }]);
    assertEquals(answer.data.parents.length, 2);
    const { decoded: _, ...output } = (await api.get(
      `/v1a/decode_tx?hex_tx=${answer.hex_data}`,
    )).tx.outputs[0];
    assertEquals(answer.data.outputs, [output]);

    const script = output.script;
    const byScript = { inputs: payment().inputs, outputs: [{ script, value: ALL }] };
    assertEquals((await api.post("/v2/create_tx", byScript)).data.outputs, [output]);

    const tx_hex = hexOf(signed(answer.hex_data));
    const sent = await api.post("/v1a/thin_wallet/send_tokens", { tx_hex });
    assertEquals([sent.success, sent.message, sent.return_code], [true, "", "success"]);
    assertEquals((await api.get(`/v1a/transaction?id=${sent.tx.hash}`)).success, true);
    assertEquals(
      await refused(api, payment()),
      "At least one of your inputs has already been spent.",
    );
    const again = await api.post("/v1a/thin_wallet/send_tokens", { tx_hex });
    assertEquals(
      [again.success, again.return_code, again.message],
      [
        false,
        "double_spending",
        "Invalid transaction. At least one of your inputs has already been spent.",
      ],
    );
  });
});

Deno.test("what no transaction can be made of is refused in the original's words", async () => {
  await withHathor(async (api) => {
    assertEquals(
      await refused(api, payment(ALL + 1)),
      "There's an invalid surplus of HTR. (amount=1, expected=0)",
    );
    assertEquals(
      await refused(api, payment(ALL - 1)),
      "There's an invalid deficit of HTR. (amount=-1, expected=0)",
    );
    assertEquals(
      await refused(api, payment(1, { outputs: [{ address: `${OWNER}a`, value: 1 }] })),
      "Address size must have 25 bytes",
    );
    assertEquals(await refused(api, {}), "Transaction must have at least 1 input(s)");
    const unknown = "ab".repeat(32);
    assertEquals(
      await refused(api, payment(1, { inputs: [{ tx_id: unknown, index: 0 }] })),
      unknown,
    );
    assertEquals(
      await refused(api, payment(1, { inputs: [{ tx_id: GENESIS, index: 9 }] })),
      `Output spent by this input does not exist: ${GENESIS} index 9`,
    );
    const many = Array(256).fill({ tx_id: GENESIS, index: 0 });
    assertEquals(
      await refused(api, payment(1, { inputs: many })),
      "Maximum number of inputs exceeded",
    );
    const twice = await refused(api, payment(ALL, { inputs: many.slice(0, 2) }));
    assert(twice.endsWith(` inputs spend the same output: ${GENESIS} index 0`), twice);
    const odd = [
      payment(1.5),
      payment("1"),
      payment(1, { inputs: 1 }),
      payment(1, { outputs: [1.5] }),
    ];
    for (const body of [[], 5, null, ...odd]) {
      await refused(api, body, 400);
    }
  });
});

Deno.test("a wallet without a miner hears why its transaction is not sent", async () => {
  await withHathor(async (api) => {
    const send = async (body: string) => {
      const answer = await fetch(`${api.origin}/v1a/thin_wallet/send_tokens`, {
        method: "POST",
        body,
      });
      const { success, return_code } = await answer.json();
      assertEquals([answer.status, success], [200, false]);
      return return_code;
    };
    assertEquals(await send(""), "missing_json");
    assertEquals(await send("{"), "invalid_json");
    assertEquals(await send("{}"), "missing_tx_hex_param");
    assertEquals(await send('{"tx_hex":"zz"}'), "param_invalid_hex");
    assertEquals(await send('{"tx_hex":"00"}'), "param_invalid_hex");
    await mineTo(api, OWNER);
    const unsigned = await made(api, payment());
    assertEquals(await send(JSON.stringify({ tx_hex: unsigned })), "python_resolve");
    const heavy = { ...signed(unsigned), weight: 36 };
    assertEquals(await send(JSON.stringify({ tx_hex: hexOf(heavy) })), "python_resolve");
  });
});

Deno.test("a proposal that has no weight and no parents yet is decoded", async () => {
  await withHathor(async (api) => {
    const hex = encodeVertex(sealVertex({ ...spending(), weight: NaN, parents: [] })).toHex();
    const { success, tx, meta } = await api.get(`/v1a/decode_tx?hex_tx=${hex}`);
    assertEquals([success, tx.weight, tx.parents], [true, null, []]);
    assertEquals([meta.accumulated_weight, meta.accumulated_weight_raw], [0, "0"]);
    assertEquals(tx.inputs[0].tx_id, spending().inputs[0]?.txId);
    assertEquals((await api.get(`/v1a/push_tx?hex_tx=${hex}`)).success, false);
  });
});
