/**
 * `deno task bench`: what the server reaches, each time beside a bare ceiling and, where one is
 * installed, a peer, taken in the same run, as one Markdown table. Figures of different machines or runs cannot be compared; the ratios
 * can. It uses the loopback interface only, and leaves nothing behind.
 */
import { installPeers } from "./peers/install.ts";
import { withFolder } from "./processes.ts";
import { profileInto, takeProfiles } from "./profile.ts";
import { writeTable } from "./result_page.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import type { Scenario } from "./scenario.ts";
import { append } from "./scenarios/append.ts";
import { besideSockets } from "./scenarios/beside_sockets.ts";
import { bigchaindb } from "./scenarios/bigchaindb.ts";
import { catchUp } from "./scenarios/catch_up.ts";
import { denokv } from "./scenarios/denokv.ts";
import { denokvCommit } from "./scenarios/denokv_commit.ts";
import { disk } from "./scenarios/disk.ts";
import { fanout } from "./scenarios/fanout.ts";
import { latency } from "./scenarios/latency.ts";
import { heavy } from "./scenarios/heavy.ts";
import { hathor } from "./scenarios/hathor.ts";
import { hathorCalls } from "./scenarios/hathor_calls.ts";
import { hathorImport } from "./scenarios/hathor_import.ts";
import { hathorSockets } from "./scenarios/hathor_sockets.ts";
import { idleMemory, stalledMemory } from "./scenarios/memory.ts";
import { hathorFollow } from "./scenarios/hathor_follow.ts";
import { gateways } from "./scenarios/gateways.ts";
import { hathorFollowLag, hathorFollowMemory } from "./scenarios/hathor_gateway.ts";
import { mirrors } from "./scenarios/mirrors.ts";
import { replay } from "./scenarios/replay.ts";
import { requests } from "./scenarios/requests.ts";
import { servers } from "./scenarios/servers.ts";
import { scale } from "./scenarios/scale.ts";
import { silence } from "./scenarios/silence.ts";
import { streamFanout } from "./scenarios/stream_fanout.ts";
import { start } from "./scenarios/start.ts";
import { streams } from "./scenarios/streams.ts";
import { threads } from "./scenarios/threads.ts";
import { isMet, markdownOf, type Row } from "./table.ts";

const SCENARIOS: readonly Scenario[] = [
  ...fanout,
  ...replay,
  requests,
  ...append,
  ...streams,
  catchUp,
  ...streamFanout,
  besideSockets,
  ...denokv,
  denokvCommit,
  servers,
  ...bigchaindb,
  ...hathor,
  hathorCalls,
  hathorImport,
  hathorSockets,
  ...threads,
  latency,
  hathorFollow,
  gateways,
  hathorFollowLag,
  hathorFollowMemory,
  mirrors,
  heavy,
  disk,
  ...idleMemory,
  stalledMemory,
  start,
  silence,
  scale,
];

const encoder = new TextEncoder();

function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(text));
}

function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** Runs what is asked for; one that fails is told of, and the others still run. */
async function run(options: Options): Promise<{ rows: Row[]; failed: string[] }> {
  const rows: Row[] = [];
  const failed: string[] = [];
  const { only } = options;
  const wanted = SCENARIOS.filter(({ name, isLong = false }) =>
    (only.length === 0 && !isLong) || only.includes(name) ||
    only.some((some) => name.startsWith(`${some}-`))
  );
  if (wanted.length === 0) throw new TypeError(`no scenario is called ${only.join(" or ")}`);
  for (const scenario of wanted) {
    const started = performance.now();
    tell(`${scenario.name} …`);
    try {
      const found = await scenario.run(options);
      rows.push(...found);
      // What is measured stays, whatever becomes of the rest.
      if (options.write) await writeTable(found);
      const profile = await takeProfiles();
      tell(` ${Math.round((performance.now() - started) / 1_000)} s\n${profile}`);
    } catch (error) {
      failed.push(scenario.name);
      tell(` failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return { rows, failed };
}

async function main(): Promise<number> {
  let options: Options | "help";
  try {
    options = readOptions(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    tell(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options === "help") {
    print(USAGE);
    return 0;
  }
  if (Deno.env.get("LEDGER_BENCH_PEERS") === "1") await installPeers();
  if (!options.profile) return await measure(options);
  return await withFolder(async (folder) => {
    profileInto(folder);
    return await measure(options);
  });
}

async function measure(options: Options): Promise<number> {
  const { rows, failed } = await run(options);
  if (options.json) {
    print(`${JSON.stringify(rows.map((row) => ({ ...row, met: isMet(row) ?? null })), null, 2)}\n`);
  } else print(markdownOf(rows));
  return failed.length === 0 ? 0 : 1;
}

Deno.exit(await main());
