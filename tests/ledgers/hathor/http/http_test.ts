import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { KeysApi } from "../../../support/keys_api.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { mineTo, withHathor } from "../support/hathor_api.ts";
import { vertexOf } from "../support/vectors.ts";

const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

Deno.test("the node's first miners get a whole block, and are told whether it is accepted", async () => {
  await withHathor(async (api) => {
    const { parents, block_bytes: bytes } = await api.get(`/v1a/mining?address=${ADDRESS}`);
    const block = vertexOf(Uint8Array.fromBase64(bytes).toHex());
    assert(block.version === 0);
    assertEquals(block.parents, parents);
    const submit = async (body: unknown) => {
      const { status, text } = await api.send("POST", "/v1a/mining", body);
      assertEquals(status, 200);
      return text;
    };
    for (const body of [undefined, [], {}, { block_bytes: 5 }, { block_bytes: "AA" }]) {
      assertEquals(await submit(body), "0");
    }
    let nonce = 0n;
    const mined = await until("a nonce is found", async () => {
      const bytes = encodeVertex({ ...block, nonce: nonce++ }).toBase64();
      return await submit({ block_bytes: bytes }) === "1" && bytes;
    });
    assertEquals(await submit({ block_bytes: mined }), "0");
    const { history } = await api.get(`/v1a/thin_wallet/address_history?addresses[]=${ADDRESS}`);
    assertEquals(history.length, 2);
  });
});

Deno.test("paths are there with a slash at the end, on both ports, and for a developer's own page", async () => {
  await withHathor(async (api, main) => {
    const versions = [
      `${api.origin}/v1a/version`,
      `${api.origin}/v1a/version/`,
      `${main}/hathor/v1a/version`,
      `${main}/hathor/version`,
    ];
    for (const url of versions) {
      const origin = "http://localhost:3000";
      const response = await fetch(url, { headers: { origin } });
      assertEquals((await response.json()).network, "privatenet", url);
      const { headers } = response;
      assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
      assertEquals(headers.get("access-control-allow-origin"), origin);
    }
    for (const path of ["/v1a/nothing", "/version", "/v1a/", "/v1a/thin_wallet/"]) {
      const { status, text } = await api.send("GET", path);
      assertEquals([status, text.includes("No Such Resource")], [404, true], path);
    }
    const wrong = await api.send("POST", "/v1a/version");
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      assertEquals((await api.send(method, "/v1a/push_tx")).status, 501, method);
    }
    const asked = await api.send("OPTIONS", "/v1a/push_tx");
    const allowed = asked.headers.get("access-control-allow-methods");
    assertEquals([asked.status, allowed], [200, "GET, POST, OPTIONS"]);
    assertEquals((await api.send("HEAD", "/v1a/status")).status, 200);
    for (const path of ["ws", "event_ws", "mining_ws"]) {
      const { status, headers } = await api.send("GET", `/v1a/${path}`);
      assertEquals([status, headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    }
    // The address is what comes after the slash, and here there is none.
    assertEquals((await api.get("/v1a/validate_address/")).valid, false);
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
      assertEquals(await list(`${from}&page=previous`), [[4, 5], false]);
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

Deno.test("the native token is found by the uid that the original's indexes have for it, too", async () => {
  await withHathor(async (api) => {
    const native = await api.get("/v1a/thin_wallet/token?id=00");
    assertEquals(native.symbol, "HTR");
    assertEquals(await api.get(`/v1a/thin_wallet/token?id=${"0".repeat(64)}`), native);
    const address = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
    for (let count = 0; count < 2; count++) await mineTo(api, address);
    const search = `address=${address}&target_amount=1&token_uid=`;
    const utxos = await api.get(`/v1a/utxo_search?${search}00`);
    assertEquals(utxos.utxos.length, 1);
    assertEquals(await api.get(`/v1a/utxo_search?${search}${"0".repeat(64)}`), utxos);
  });
});

Deno.test("a block that ends an evaluation interval tells the states of features", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "signalled.yml");
    const activation = {
      evaluation_interval: 4,
      default_threshold: 3,
      features: { NANO_CONTRACTS: { bit: 0, start_height: 4, timeout_height: 400, version: "0" } },
    };
    const settings = { extends: "localnet.yml", FEATURE_ACTIVATION: activation };
    await Deno.writeTextFile(file, JSON.stringify(settings));
    await withHathor(async (api) => {
      const told: unknown[] = [];
      for (let height = 0; height < 6; height++) {
        const { block } = await api.get(`/v1a/block_at_height?height=${height}`);
        const { meta } = await api.get(`/v1a/transaction?id=${block.tx_id}`);
        told.push(meta.feature_states);
        await mineTo(api, "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6");
      }
      const [defined, started] = ["DEFINED", "STARTED"].map((state) => ({ NANO_CONTRACTS: state }));
      assertEquals(told, [defined, undefined, undefined, undefined, started, undefined]);
    }, { flags: [`--hathor-network=${file}`] });
  });
});

Deno.test("an accumulated weight that was asked for is known from then on, until it is another", async () => {
  await withHathor(async (api) => {
    const id = "54165cef1fd4cf2240d702b8383c307c822c16ca407f78014bdefa189a7571c2";
    const known = async () =>
      (await api.get(`/v1a/transaction?id=${id}`)).meta.accumulated_weight_raw;
    const before = await known();
    await mineTo(api, ADDRESS);
    assertEquals(await known(), before);
    const path = `/v1a/transaction_acc_weight?id=${id}`;
    const { accumulated_weight_raw: first } = await api.get(path);
    assert(BigInt(first) > BigInt(before));
    assertEquals(await known(), first);
    await mineTo(api, ADDRESS);
    assertEquals(await known(), first);
  });
});
