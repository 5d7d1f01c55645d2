import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { encodeVertex } from "../../../src/ledgers/hathor/vertex/encode.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { withFolder } from "../../support/server.ts";
import { until } from "../../support/until.ts";
import { type HathorApi, withHathor } from "./hathor_api.ts";
import { networkOf, vertexOf } from "./vectors.ts";

const GENESIS = networkOf("privatenet").genesis;
const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

/** Requests that make no sense, with the message of their answers. */
const FAILURES: readonly (readonly [path: string, message: string])[] = [
  ["transaction?id=zz", "Invalid hash"],
  [`transaction?id=${"0".repeat(64)}`, "Transaction not found"],
  ["transaction", "Missing parameter: count"],
  ["transaction?count=2", "Missing parameter: type"],
  ["transaction?count=x&type=tx", "Invalid 'count' parameter, expected an int"],
  ["transaction?count=2&type=y", "Invalid 'type' parameter, expected 'block' or 'tx'"],
  ["transaction?count=2&type=tx&timestamp=1", "Missing parameter: hash"],
  [
    `transaction?count=2&type=tx&timestamp=1&hash=${"0".repeat(64)}&page=up`,
    "Invalid 'page' parameter, expected 'previous' or 'next'",
  ],
  [`transaction_acc_weight?id=${GENESIS.blockHash}`, "not allowed on blocks"],
  ["transaction_acc_weight", "Missing parameter: id"],
  ["decode_tx?hex_tx=zz", "Invalid hexadecimal data"],
  ["decode_tx?hex_tx=0001", "Could not decode transaction"],
  ["dashboard_tx?tx=1", "Missing parameter: block"],
  ["push_tx", "Missing hexadecimal data"],
  ["block_at_height?height=7", "No block with height 7."],
  [
    "block_at_height?height=0&include_transactions=all",
    "Invalid include_transactions. Choices are: txid or full.",
  ],
  ["thin_wallet/address_history", "Missing parameter: addresses[]"],
  ["thin_wallet/address_history?addresses[]=bad", "The address bad is invalid"],
  [`thin_wallet/address_history?addresses[]=${ADDRESS}&hash=xy`, "Invalid hash xy"],
  [
    `thin_wallet/address_history?addresses[]=${ADDRESS}&hash=00`,
    "Hash 00 is not a transaction hash.",
  ],
  [
    `thin_wallet/address_history?addresses[]=${ADDRESS}&hash=${GENESIS.tx1Hash}`,
    `Hash ${GENESIS.tx1Hash} is not a transaction hash.`,
  ],
  ["thin_wallet/address_balance", "Missing parameter: address"],
  ["thin_wallet/address_search?address=bad&count=1", "Invalid 'address' parameter"],
  ["thin_wallet/token?id=zz", "Unknown token"],
  ["utxo_search?token_uid=00", "Missing parameter: address"],
  ["get_block_template?address=bad", "Invalid 'address' parameter"],
  [`graphviz/neighbours.dot?tx=${GENESIS.tx1Hash}&graph_type=x&max_level=1`, "Invalid graph type"],
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
    const { error } = await api.get("/v1a/block_at_height?height=-1");
    assert(error.startsWith("1 validation error for BlockAtHeightParams\nheight\n"), error);
  });
});

Deno.test("paths are there with a slash at the end, on both ports, and for other origins", async () => {
  await withHathor(async (api, main) => {
    const versions = [
      `${api.origin}/v1a/version`,
      `${api.origin}/v1a/version/`,
      `${main}/hathor/v1a/version`,
      `${main}/hathor/version`,
    ];
    for (const url of versions) {
      const response = await fetch(url);
      assertEquals((await response.json()).network, "privatenet", url);
      const { headers } = response;
      assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
      assertEquals(headers.get("access-control-allow-origin"), "*");
    }
    for (const path of ["/v1a/nothing", "/version", "/v1a", "/v1a/thin_wallet"]) {
      const { status, text } = await api.send("GET", path);
      assertEquals([status, text.includes("No Such Resource")], [404, true], path);
    }
    const wrong = await api.send("DELETE", "/v1a/push_tx");
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, OPTIONS, POST"]);
    const asked = await api.send("OPTIONS", "/v1a/push_tx");
    const allowed = asked.headers.get("access-control-allow-methods");
    assertEquals([asked.status, allowed], [200, "GET, POST, OPTIONS"]);
    assertEquals((await api.send("HEAD", "/v1a/status")).status, 200);
    assertEquals((await api.send("GET", "/v1a/mining_ws")).status, 426);
  });
});

Deno.test("a history that is too long for one answer goes on where it ended", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "short.json");
    const settings = { extends: "privatenet", MAX_TX_ADDRESSES_HISTORY: 2 };
    await Deno.writeTextFile(file, JSON.stringify(settings));
    const flags = [`--hathor-network=${file}`, "--hathor-test-mode=on"];
    await withHathor(async (api) => {
      for (let height = 1; height <= 5; height++) await mineTo(api, ADDRESS);
      const found: string[] = [];
      let rest = "";
      for (let pages = 0;; pages++) {
        const path = `/v1a/thin_wallet/address_history?addresses[]=${ADDRESS}&paginate=true${rest}`;
        const { history, ...page } = await api.get(path);
        found.push(...history.map(({ tx_id: hash }: { tx_id: string }) => hash));
        if (!page.has_more) {
          assertEquals([pages, page.first_hash, page.first_address], [2, null, null]);
          break;
        }
        assertEquals([history.length, page.first_address], [2, ADDRESS]);
        rest = `&hash=${page.first_hash}`;
      }
      const chain = (await api.get("/v1a/status")).dag.best_blockchain;
      const hashes: string[] = chain.map(([, hash]: [number, string]) => hash).reverse();
      assertEquals(found, hashes);
      const body = { addresses: [ADDRESS], tx_version: [1] };
      assertEquals((await api.post("/v1a/thin_wallet/address_history", body)).history, []);

      const list = async (page: string) => {
        const path = `/v1a/transaction?type=block&count=2${page}`;
        const { transactions, has_more: hasMore } = await api.get(path);
        return [transactions.map(({ height }: { height: number }) => height), hasMore];
      };
      assertEquals(await list(""), [[5, 4], true]);
      const { timestamp } = (await api.get(`/v1a/transaction?id=${hashes[3]}`)).tx;
      const from = `&timestamp=${timestamp}&hash=${hashes[3]}`;
      assertEquals(await list(`${from}&page=next`), [[2, 1], true]);
      assertEquals(await list(`${from}&page=previous`), [[5, 4], false]);
      const search = `/v1a/thin_wallet/address_search?address=${ADDRESS}&count=2`;
      const next = await api.get(`${search}&hash=${hashes[4]}&page=next`);
      const shown = next.transactions.map(({ tx_id: hash }: { tx_id: string }) => hash);
      assertEquals([shown, next.total, next.has_more], [[hashes[3], hashes[2]], 6, true]);
    }, { flags });
  });
});

Deno.test("an event that has been acknowledged is not told again, and the rest is in order", async () => {
  await withHathor(async (api) => {
    await mineTo(api, ADDRESS);
    const all = await api.get("/v1a/event");
    const ids = (events: readonly { id: number }[]) => events.map(({ id }) => id);
    const latest = all.latest_event_id;
    assertEquals(ids(all.events), Array.from({ length: latest + 1 }, (_, id) => id));
    const rest = await api.get(`/v1a/event?last_ack_event_id=${latest - 2}&size=1`);
    assertEquals([ids(rest.events), rest.latest_event_id], [[latest - 1], latest]);
    assertEquals((await api.get(`/v1a/event?last_ack_event_id=${latest}`)).events, []);
    assertEquals((await api.get("/v1a/event?size=1001")).success, false);
  });
});

Deno.test("with keys on, reading and pushing need keys that cover them", async () => {
  await withHathor(async (api, main) => {
    const ops = await new KeysApi(main).make({ scopes: ["admin"], chains: ["*"] });
    const { key } = await new KeysApi(main, ops.key).make({
      scopes: ["read"],
      chains: ["hathor/*"],
    });
    const asked = async (method: string, path: string, given?: string) => {
      const headers = given === undefined ? {} : { authorization: `Bearer ${given}` };
      const body = method === "POST" ? {} : undefined;
      return (await api.send(method, path, body, headers)).status;
    };
    assertEquals(await asked("GET", "/v1a/version"), 200);
    assertEquals(await asked("GET", "/v1a/status"), 401);
    assertEquals(await asked("GET", "/v1a/status", "wrong"), 401);
    assertEquals(await asked("GET", "/v1a/status", key), 200);
    assertEquals(await asked("POST", "/v1a/thin_wallet/address_history", key), 200);
    for (const path of ["/v1a/push_tx", "/v1a/submit_block", "/tx-mining/submit-job"]) {
      assertEquals(await asked("POST", path, key), 403, path);
      assertEquals(await asked("POST", path), 401, path);
    }
    assertEquals(await asked("GET", "/v1a/push_tx?hex_tx=00", key), 403);
    assertEquals(await asked("POST", "/v1a/push_tx", ops.key), 200);
  });
});

Deno.test("a drawing of the graph has what is around a vertex", async () => {
  await withHathor(async (api) => {
    await mineTo(api, ADDRESS);
    const path = `/v1a/graphviz/neighbours.dot?tx=${GENESIS.blockHash}`;
    const { text, headers } = await api.send("GET", `${path}&graph_type=verification&max_level=1`);
    assertEquals(headers.get("content-type"), "application/dot");
    assertEquals(text.split("\n").filter((line) => line.includes(" -> ")).length, 1, text);
  });
});

/** Mines a block by the routes that the miners of the original use. */
async function mineTo(api: HathorApi, address: string): Promise<void> {
  const template = await api.get(`/v1a/get_block_template?address=${address}`);
  const { block_bytes: bytes } = await api.get("/v1a/mining");
  const plain = vertexOf(Uint8Array.fromBase64(bytes).toHex());
  assert(plain.version === 0);
  const outputs = template.outputs.map(({ script }: { script: string }) => ({
    value: BigInt(template.outputs[0].value),
    tokenData: 0,
    script: Uint8Array.fromBase64(script),
  }));
  let nonce = 0n;
  await until("a nonce is found", async () => {
    const block = { ...plain, outputs, timestamp: template.timestamp, nonce: nonce++ };
    const { result } = await api.post("/v1a/submit_block", {
      hexdata: encodeVertex(block).toHex(),
    });
    return result === true;
  });
}
