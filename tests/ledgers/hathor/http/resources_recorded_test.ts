import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { LEDGERS } from "../../../../src/ledgers/registry.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { withFolder } from "../../../support/server.ts";
import { type ResourceRecording, resourceRecordings } from "../support/resource_recordings.ts";
import { TestNode } from "../support/test_node.ts";
import { networkOf } from "../support/vectors.ts";

/** What is not the same, because of how those tests are made or on purpose. */
const CHANGES: readonly (readonly [request: RegExp, change: (answer: string) => string])[] = [
  // Vertices that are made in the process have weights as they were given, names, and random ids.
  [/./, (text) => text.replaceAll('"weight":1,', '"weight":1.0,')],
  [/graphviz/, (text) => text.replace(/label="?(?:None-\d|[\da-f]{4}(?!\d))"?/g, "label=…")],
  // Two parents are in any order.
  [
    /tx_parents$/,
    (text) => text.replace(/\["(\w+)","(\w+)"\]/, (...[, a, b]) => `${[a, b].sort()}`),
  ],
  // Another node, that has no wallet and no peers, and executes no contracts.
  [
    /^GET (?:version|status)/,
    (text) =>
      text.replace(/"id":"[\da-f]{64}"/, '"id":…').replaceAll("0.72.0-8b617d86-local", "0.72.0")
        .replace('"network":"testnet"', '"network":"unittests"').replace(/"uptime":[\d.]+/, "…")
        .replace(/"(entrypoints|peers_whitelist)":\[[^\]]*\]/g, '"$1":[]')
        .replace(/"handshaking_peers":\[[^\]]*\]/, '"handshaking_peers":[]')
        .replace('contracts_enabled":true', 'contracts_enabled":false'),
  ],
  [/^GET mining/, (text) => text.replace(/"block_bytes":"[^"]+"/, "…")],
  [/^GET transaction\?id=2ebb3b8e/, (text) => text.replace(/"nc_block_root_id":[^,]+/, "…")],
  // A health without peers, or without recent blocks, is no failure where nobody else mines.
  [/^GET health/, (text) => text.replace(/"status":"(?:fail|pass)".*/, "…")],
  // The tests send no body at all, where HTTP has an empty one.
  [/^POST p2p\/peers$/, (text) => text.replace("No post data", "Invalid format for post data")],
  // An index can be turned off there.
  [/^GET thin_wallet\/token$/, (text) => text.replace(/^\{"success":(?:false\}|true.*)/, "…")],
  // Tokens are in the order of their ids, and not in that of the history.
  [/address_balance/, (text) => sorted(text)],
  // A proof of work is found anew.
  [/send_tokens/, (text) => text.replace(/"nonce":\d+/, '"nonce":…')],
];

/** Statuses that are others for one of these reasons. */
const OTHER_STATUS = [/^GET health$/, /^GET thin_wallet\/token$/];

for (
  const [file, recordings] of Map.groupBy(
    await resourceRecordings(),
    ({ test }) => test.split(" ")[0],
  )
) {
  Deno.test(`what hathor-core's ${file} asks is answered as there`, async () => {
    for (const recording of recordings) await play(recording);
  });
}

async function play(recording: ResourceRecording): Promise<void> {
  await withFolder(async (folder) => {
    const { settings } = recording;
    if (Object.keys(settings).length === 0) return await playOn("unittests", recording);
    const file = join(folder, "settings.json");
    await Deno.writeTextFile(file, JSON.stringify({ extends: "unittests", ...settings }));
    await playOn(file, recording);
  });
}

async function playOn(name: string, { test, steps }: ResourceRecording): Promise<void> {
  const clock = new SteppedClock(steps[0]?.now);
  const network = inTestMode(networkOf("unittests"), { transactions: true, blocks: true });
  const nodes: TestNode[] = [];
  // A second node on the log of the server takes what others than its clients brought.
  const ledgers = LEDGERS.map((ledger) =>
    ledger.name !== "hathor" ? ledger : {
      ...ledger,
      create: async (context: Parameters<typeof ledger.create>[0]) => {
        nodes.push(await TestNode.open({ log: context.log, clock, network }));
        return await ledger.create(context);
      },
    }
  );
  const flags = ["--hathor-port=0", "--hathor-mine=off", `--hathor-network=${name}`];
  await withServer(async ({ server }) => {
    const origin = server.ports.find(({ name }) => name === "hathor")?.origin;
    const aliases = new Aliases();
    for (const step of steps) {
      clock.time = step.now;
      if ("vertex" in step) {
        const answer = await nodes[0]?.acceptBytes(Uint8Array.fromHex(step.vertex));
        assertEquals(answer?.isAccepted, true, test);
        continue;
      }
      const [method = "", path = ""] = aliases.ours(step.request).split(" ");
      const body = step.body === undefined ? {} : { body: aliases.ours(JSON.stringify(step.body)) };
      const response = await fetch(`${origin}/v1a/${path}`, { method, ...body });
      const text = await response.text();
      aliases.learn(step.answer, text);
      const told = `${test}: ${step.request}`;
      assertEquals(
        changed(step.request, aliases.theirs(text)),
        changed(step.request, step.answer),
        told,
      );
      const isOther = OTHER_STATUS.some((request) => request.test(step.request));
      if (!isOther) assertEquals(response.status, step.status, told);
    }
  }, { flags: [...flags, "--hathor-test-mode=on"], clock, ledgers });
}

/** An answer with the keys of its `tokens_data` in order. */
function sorted(text: string): string {
  const { tokens_data: data = {}, ...rest } = JSON.parse(text);
  const tokens = Object.entries(data).toSorted(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify({ ...rest, tokens });
}

function changed(request: string, text: string): string {
  let changed = text;
  for (const [pattern, change] of CHANGES) if (pattern.test(request)) changed = change(changed);
  return changed;
}

/** What the other node calls what ours made itself: rules, and transactions that it mined. */
class Aliases {
  readonly #names: [theirs: string, ours: string][] = [];

  learn(theirs: string, ours: string): void {
    for (const name of [/"uuid":"([^"]+)"/, /"tx":\{"hash":"([^"]+)"/]) {
      const [, their] = name.exec(theirs) ?? [];
      const [, our] = name.exec(ours) ?? [];
      if (their !== undefined && our !== undefined && their !== our) this.#names.push([their, our]);
    }
  }

  ours(text: string): string {
    return this.#names.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), text);
  }

  theirs(text: string): string {
    return this.#names.reduce((text, [theirs, ours]) => text.replaceAll(ours, theirs), text);
  }
}
