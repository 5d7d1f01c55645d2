import { assertEquals } from "@std/assert";
import { encodeAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  type TransactionFields,
  type VertexFields,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { type HathorApi, withHathor } from "../support/hathor_api.ts";

const CONTRACT = "ab".repeat(32);
const TOKEN = "cd".repeat(32);
const NOT_EXECUTED = "nano contracts are not executed here";
const CALLER = new Uint8Array(25).fill(7);

/** The call of a contract that spends nothing, made now. */
async function callOf(api: HathorApi, method: string): Promise<TransactionFields> {
  const { tx_parents: parents } = await api.get("/v1a/tx_parents");
  return {
    version: VertexVersion.transaction,
    signalBits: 0,
    tokens: [TOKEN],
    inputs: [],
    outputs: [],
    weight: 1,
    timestamp: Math.floor(Date.now() / 1_000),
    parents,
    nonce: 0,
    headers: [{
      id: HeaderId.nano,
      contractId: CONTRACT,
      sequence: 5n,
      method,
      arguments: new Uint8Array([1, 2]),
      actions: [
        { type: 1, tokenIndex: 0, amount: 300n },
        { type: 3, tokenIndex: 1, amount: 1n },
        { type: 2, tokenIndex: 0, amount: 2n },
      ],
      address: CALLER,
      script: new Uint8Array([9]),
    }],
  };
}

function hexOf(fields: VertexFields): string {
  return encodeVertex(fields).toHex();
}

Deno.test("the call of a contract is shown as one to whoever decodes it", async () => {
  await withHathor(async (api) => {
    assertEquals((await api.get("/v1a/version")).nano_contracts_enabled, false);
    const called = await api.get(
      `/v1a/decode_tx?hex_tx=${hexOf({ ...await callOf(api, "pay"), tokens: [] })}`,
    );
    assertEquals(called.tx.nc_context.actions[2].token_uid, null);
    const fields = { ...await callOf(api, "initialize"), tokens: [] };
    const { tx } = await api.get(`/v1a/decode_tx?hex_tx=${hexOf(fields)}`);
    const address = encodeAddress(CALLER);
    assertEquals(
      [tx.nc_id, tx.nc_blueprint_id, tx.nc_seqnum, tx.nc_method, tx.nc_args, tx.nc_address],
      [sealVertex(fields).hash, CONTRACT, 5, "initialize", "0102", address],
    );
    assertEquals(tx.nc_context, {
      actions: [
        { type: "deposit", token_uid: "00", amount: 300 },
        { type: "withdrawal", token_uid: "00", amount: 2 },
        { type: "grant_authority", token_uid: null, mint: true, melt: false },
      ],
      caller_id: address,
      timestamp: null,
      address,
    });
    assertEquals([called.tx.nc_id, called.tx.nc_blueprint_id], [CONTRACT, ""]);
  });
});

Deno.test("what a node that executes no contracts refuses costs no work", async () => {
  await withHathor(async (api) => {
    const tx = hexOf(await callOf(api, "pay"));
    const { error } = await api.post("/tx-mining/submit-job", { tx, propagate: true }, 400);
    assertEquals(error, NOT_EXECUTED);
    const { success, message } = await api.get(`/v1a/push_tx?hex_tx=${tx}`);
    assertEquals([success, message], [false, `full validation failed: ${NOT_EXECUTED}`]);
  });
});

Deno.test("the code of a blueprint is shown, and how it is compressed", async () => {
  await withHathor(async (api) => {
    const { headers: _none, ...fields } = await callOf(api, "pay");
    const blueprint = {
      ...fields,
      version: VertexVersion.onChainBlueprint,
      tokens: [],
      inputs: [],
      nonce: 0,
      headers: [],
      code: new Uint8Array([1, 120, 156]),
      publicKey: new Uint8Array(33).fill(2),
      signature: new Uint8Array([3]),
    } satisfies VertexFields;
    const { tx } = await api.get(`/v1a/decode_tx?hex_tx=${hexOf(blueprint)}`);
    assertEquals(tx.on_chain_blueprint_code, { kind: 1, content: "eJw=" });
    assertEquals(tx.nc_pubkey, "02".repeat(33));
  });
});

Deno.test("without an engine its routes say so, and the others that there is nothing in the chain", async () => {
  await withHathor(async (api) => {
    const refusal = async (path: string) => {
      const name = path.startsWith("blueprint") ? "blueprint_id" : "id";
      return (await api.get(`/v1a/nano_contract/${path}?${name}=${CONTRACT}`, 404)).error;
    };
    for (const path of ["state", "dry_run", "blueprint/info"]) {
      assertEquals(await refusal(path), "Nano contracts are not executed by this node.");
    }
    assertEquals(await refusal("history"), "Nano contract does not exist.");
    assertEquals(await refusal("logs"), `NC "${CONTRACT}" not found.`);
    assertEquals(await refusal("blueprint/source"), `Blueprint not found: ${CONTRACT}`);
    assertEquals((await api.get("/v1a/nano_contract/creation")).nc_creation_txs, []);
    for (const kind of ["builtin", "on_chain"]) {
      const list = await api.get(`/v1a/nano_contract/blueprint/${kind}?count=7`);
      const { success, blueprints, count, has_more: hasMore } = list;
      assertEquals([success, blueprints, count, hasMore], [true, [], 7, false]);
      await api.get(`/v1a/nano_contract/blueprint/${kind}?before=a&after=b`, 400);
    }
  });
});
