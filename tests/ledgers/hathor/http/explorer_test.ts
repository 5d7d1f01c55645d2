import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { hexOf, spending } from "../support/unmined.ts";
import { networkOf } from "../support/vectors.ts";

const { blockHash, tx1Hash, tx2Hash } = networkOf("privatenet").genesis;

const OWNER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

/** Drawings of the genesis, as Python's graphviz 0.20 prints what the node gives it. */
const DRAWN: readonly (readonly [path: string, lines: readonly string[]])[] = [
  ["full.dot?weight=1&acc_weight=false&funds=1&verifications=1", [
    "digraph {",
    '\tnode [shape=oval style=""]',
    "\tsubgraph blocks {",
    "\t}",
    "\tsubgraph txs {",
    "\t}",
    "\tsubgraph genesis {",
    ...[blockHash, tx2Hash, tx1Hash].map((hash) =>
      `\t\t"${hash}" [label="${hash.slice(-4)}\nw: ${hash === blockHash ? 21 : 1}.00" ` +
      `fillcolor="#87D37C"${hash === blockHash ? " shape=box" : ""} style=filled]`
    ),
    "\t}",
    "\trankdir=RL",
    "\toverlap=scale",
    "}",
    "",
  ]],
  [`neighbours.dot?tx=${tx1Hash}&graph_type=verification&max_level=1`, [
    "digraph {",
    "\trankdir=RL",
    '\tnode [shape=oval style=""]',
    `\t"${tx1Hash}" [label="71c2" fillcolor="#87D37C" penwidth=5.0 style=filled]`,
    "}",
    "",
  ]],
  // Blocks verify nothing that is drawn, and there is no graph of another type.
  [`neighbours.dot?tx=${blockHash}&graph_type=verification&max_level=1`, emptyDrawing()],
  [`neighbours.dot?tx=${tx1Hash}&graph_type=other&max_level=9`, emptyDrawing()],
];

function emptyDrawing(): string[] {
  return ["digraph {", "\trankdir=RL", '\tnode [shape=oval style=""]', "}", ""];
}

Deno.test("the graph is drawn as the node draws it, and pictures fail as without Graphviz", async () => {
  await withHathor(async (api) => {
    for (const [path, lines] of DRAWN) {
      const { status, text, headers } = await api.send("GET", `/v1a/graphviz/${path}`);
      assertEquals([status, headers.get("content-type")], [200, "application/dot"]);
      assertEquals(text.split("\n"), lines.join("\n").split("\n"), path);
    }
    for (const format of ["pdf", "png", "jpg"]) {
      const { status, text } = await api.send("GET", `/v1a/graphviz/full.${format}`);
      assertEquals([status, text.includes("Processing Failed")], [500, true], format);
    }
    const { status } = await api.send("GET", "/v1a/graphviz/full.svg");
    assertEquals(status, 404);
  });
});

Deno.test("what a transaction spends, and what confirms it, is drawn next to it", async () => {
  await withHathor(async (api) => {
    const hash = await spend(api);
    const draw = async (path: string) =>
      (await api.send("GET", `/v1a/graphviz/${path}`)).text.split("\n");
    const around = await draw(`neighbours.dot?tx=${hash}&graph_type=funds&max_level=0`);
    assertEquals(edgesOf(around), [[hash, blockHash, ""]]);
    const all = edgesOf(await draw("full.dot?verifications=True"));
    const spent = all.filter(([from, to]) => from === hash && to === blockHash);
    assertEquals(spent, [[hash, blockHash, " [penwidth=3 style=invis]"]]);
    const parents = all.filter(([from, , style]) => from === hash && style === " [penwidth=1]");
    assertEquals(parents.length, 2);
    const blocks = edgesOf(await draw("full.dot?only_blocks=1&verifications=1"));
    const { dag } = await api.get("/v1a/status");
    const chain: string[] = dag.best_blockchain.map(([, hash]: [number, string]) => hash);
    const links = chain.slice(0, -1).map((hash, at) => [hash, chain[at + 1], " [penwidth=3]"]);
    assertEquals(blocks.toSorted(), links.toSorted());
  }, { flags: ["--hathor-mine=auto"] });
});

/** Edges of a drawing: from what, to what, and how. */
function edgesOf(lines: readonly string[]): string[][] {
  return lines.flatMap((line) => {
    const [, from = "", to = "", style = ""] = /^\t"?(\w+)"? -> "?(\w+)"?(.*)$/.exec(line) ?? [];
    return from === "" ? [] : [[from, to, style]];
  });
}

/** Has a transaction mined and pushed. */
async function spend(api: HathorApi): Promise<string> {
  const body = { tx: hexOf(spending()), propagate: true, add_parents: true };
  const { job_id: id } = await api.post("/tx-mining/submit-job", body);
  return await until("the transaction is there", async () => {
    const { status } = await api.get(`/tx-mining/job-status?job-id=${id}`);
    if (status !== "done") return false;
    const [newest] = (await api.get("/v1a/transaction?type=tx&count=1")).transactions;
    return newest.tx_id;
  });
}

Deno.test("a transaction is told as far as it is known", async () => {
  await withHathor(async (api) => {
    const { tx_parents: parents } = await api.get("/v1a/tx_parents");
    const known = spending();
    const [input] = known.inputs;
    assert(input !== undefined);
    const inputs = [{ ...input, txId: "11".repeat(32), index: 3 }, { ...input, index: 9 }, input];
    const hex = hexOf({ ...known, inputs, parents });
    const { success, tx } = await api.get(`/v1a/decode_tx?hex_tx=${hex}`);
    assertEquals(success, true);
    assertEquals(tx.inputs.slice(0, 2), [
      { tx_id: "11".repeat(32), index: 3 },
      { tx_id: blockHash, index: 9 },
    ]);
    assertEquals([tx.inputs[2].tx_id, tx.inputs[2].decoded.type], [blockHash, "P2PKH"]);
  });
});

Deno.test("what is not in the graph is told with the place that it would have", async () => {
  await withHathor(async (api) => {
    const { tx_parents: parents } = await api.get("/v1a/tx_parents");
    const hex = hexOf({ ...spending(), parents });
    const { tx, meta } = await api.get(`/v1a/decode_tx?hex_tx=${hex}`);
    assertEquals(tx.inputs[0].tx_id, blockHash);
    assertEquals([meta.height, meta.min_height, meta.first_block_height], [0, 2, null]);
    const { block_bytes: bytes } = await api.get("/v1a/mining");
    const block = await api.get(
      `/v1a/decode_tx?hex_tx=${Uint8Array.fromBase64(bytes).toHex()}`,
    );
    assertEquals([block.tx.height, block.meta.height, block.meta.min_height], [1, 1, 0]);
    assertEquals(block.meta.feature_activation_bit_counts, [0, 0, 0, 0]);
  });
});

Deno.test("an address is searched for what moves a token", async () => {
  await withHathor(async (api) => {
    const hash = await spend(api);
    const { outputs, inputs } = await api.get(`/v1a/transaction?id=${hash}`).then(({ tx }) => tx);
    const search = async (address: string, more: string) => {
      const found = await api.get(
        `/v1a/thin_wallet/address_search?address=${address}&count=5${more}`,
      );
      return [found.transactions.map(({ tx_id: id }: { tx_id: string }) => id), found.total];
    };
    const paid: string = outputs[0].decoded.address;
    const paying: string = inputs[0].decoded.address;
    assertEquals(await search(paid, "&token=00"), [[hash], 1]);
    assertEquals(await search(paid, `&token=${"1".repeat(64)}`), [[], 0]);
    assertEquals(await search(paying, "&token=00"), [[hash, blockHash], 2]);
    assertEquals(await search(paying, ""), [[hash, blockHash], 2]);
    assertEquals(await search(paying, `&hash=${hash}&page=next`), [[blockHash], 2]);
    assertEquals(await search(paying, `&token=00&hash=${blockHash}&page=previous`), [[hash], 2]);
  }, { flags: ["--hathor-mine=auto"] });
});

Deno.test("features are told in the order of the settings, with all that is set of them", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "features.json");
    const one = { start_height: 0, timeout_height: 400, version: "0.70.1" };
    const features = {
      FEE_TOKENS: { bit: 1, ...one, threshold: 3, lock_in_on_timeout: true },
      COUNT_CHECKDATASIG_OP: { bit: 0, ...one, minimum_activation_height: 8 },
    };
    const activation = { evaluation_interval: 4, default_threshold: 2, features };
    const settings = { extends: "privatenet", FEATURE_ACTIVATION: activation };
    await Deno.writeTextFile(file, JSON.stringify(settings));
    const flags = [`--hathor-network=${file}`, "--hathor-test-mode=on"];
    await withHathor(async (api) => {
      assertEquals((await api.get(`/v1a/feature?block=${blockHash}`)).signal_bits, []);
      const told = await api.get("/v1a/feature");
      const common = { acceptance: null, start_height: 0, timeout_height: 400, version: "0.70.1" };
      assertEquals(told.features, [
        {
          ...common,
          name: "FEE_TOKENS",
          state: "DEFINED",
          threshold: 0.75,
          minimum_activation_height: 0,
          lock_in_on_timeout: true,
        },
        {
          ...common,
          name: "COUNT_CHECKDATASIG_OP",
          state: "DEFINED",
          threshold: 0.5,
          minimum_activation_height: 8,
          lock_in_on_timeout: false,
        },
      ]);
      for (let height = 1; height <= 4; height++) await mineTo(api, OWNER);
      const { features } = await api.get("/v1a/feature");
      assertEquals(features.map(({ state }: { state: string }) => state), ["STARTED", "STARTED"]);
      assertEquals(typeof features[0].acceptance, "number");
    }, { flags });
  });
});

Deno.test("what blocks have made is the sum of their rewards, which shrink as blocks come faster", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "faster.json");
    const feature = { bit: 0, start_height: 0, timeout_height: 400, version: "0.70.0" };
    const settings = {
      extends: "privatenet",
      ENABLE_DAA_V2: "feature_activation",
      FEATURE_ACTIVATION: {
        evaluation_interval: 4,
        default_threshold: 0,
        features: { REDUCE_DAA_TARGET: feature },
      },
    };
    await Deno.writeTextFile(file, JSON.stringify(settings));
    await withHathor(async (api) => {
      const rewards: number[] = [];
      const rates: number[] = [];
      for (let height = 1; height <= 22; height++) {
        rewards.push((await api.get("/v1a/get_block_template")).outputs[0].value);
        await mineTo(api, OWNER);
        const info = await api.get("/v1a/getmininginfo");
        assertEquals(info.mined_tokens, rewards.reduce((sum, reward) => sum + reward, 0));
        rates.push(Math.round(info.hashrate * 1_000));
      }
      assertEquals([...new Set(rewards)], [6_400, 1_600]);
      assertEquals([...new Set(rates)], [67, 267]);
    }, { flags: [`--hathor-network=${file}`, "--hathor-test-mode=on"] });
  });
});
