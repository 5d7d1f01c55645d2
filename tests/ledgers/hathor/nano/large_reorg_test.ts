/**
 * A reorganisation over blocks whose calls write as much as may be is one commit, larger than any
 * operation of the store, and whole or not there at all.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { dirname, join } from "node:path";
import { Contracts } from "../../../../src/ledgers/hathor/nano/contracts.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import type { Block, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { inMemory } from "../../../support/chains.ts";
import { run, spawn } from "../../../support/command_line.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { pythonTest } from "../../../support/programs.ts";
import { withFolder } from "../../../support/server.ts";
import { until, within } from "../../../support/until.ts";
import { ContractWorld } from "../support/contract_world.ts";
import { ROOMY } from "../support/engines.ts";
import { withHathor } from "../support/hathor_api.ts";
import { TestNode } from "../support/test_node.ts";
import { networkOf } from "../support/vectors.ts";

/** What it writes is another in each block that executes it. */
const WRITER = `
from hathor import Blueprint, Context, export, public

@export
class Writer(Blueprint):
    texts: dict[int, str]

    @public
    def initialize(self, ctx: Context) -> None:
        self.texts = {}

    @public
    def write(self, ctx: Context, seed: int) -> None:
        for at in range(8):
            self.texts[seed * 8 + at] = self.syscall.rng.randbytes(29_500).hex()
        self.log.info('"' * 80_000)
`;

/** Blocks that lose their place, and calls in each: as many as one may have. */
const BLOCKS = 3;
const CALLS = 6;

/** The network of a program that is told nothing else. */
const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });

interface Reorganised {
  readonly world: ContractWorld;
  readonly calls: readonly Vertex[];
  readonly last: Block;
}

/** Runs `body` with a node that has taken full blocks in, and the others that take their place. */
async function withReorganised(
  python: string,
  body: (reorganised: Reorganised) => Promise<void>,
): Promise<void> {
  const clock = new SteppedClock(0);
  const contracts = new Contracts({ python, network, clock }, ROOMY);
  try {
    await inMemory(async (log) => {
      const node = await TestNode.open({ log, clock, network, contracts });
      const world = new ContractWorld(node, network, clock);
      await node.start();
      const { hash: blueprint } = await world.blueprint(WRITER);
      await world.confirm();
      const { hash: contract } = await world.call({
        ...{ contract: blueprint, method: "initialize", caller: 1, sequence: 0 },
      });
      const common = await world.confirm();
      const confirmed: (readonly Vertex[])[] = [];
      const calls: Vertex[] = [];
      for (let at = 0; at < BLOCKS; at++) {
        for (let sequence = at * CALLS; sequence < (at + 1) * CALLS; sequence++) {
          const write = { contract, method: "write", caller: 2, sequence };
          calls.push(await world.call({ ...write, arguments: [1, sequence] }));
        }
        confirmed.push(world.tips);
        await world.confirm();
      }
      let last = common;
      for (const tips of [...confirmed, world.tips]) last = await world.block(last, tips);
      await body({ world, calls, last });
    }, { projectionOf: chainProjection, clock });
  } finally {
    await within("the processes end", contracts.close());
  }
}

pythonTest(
  "a reorganisation over blocks that are as full as may be is taken",
  ["hathorlib"],
  async (python) => {
    await withReorganised(python, async ({ world, calls, last }) => {
      const { node } = world;
      assertEquals((await node.bestBlock()).vertex.hash, last.hash);
      for (const call of calls) assertEquals(await world.stateOf(call), "success");
      assertEquals(await node.chain.compareRows(), undefined);
    });
  },
);

/** Bytes of a store's files. */
async function sizeOf(store: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(dirname(store))) {
    if (!name.startsWith("node.db")) continue;
    bytes += (await Deno.stat(join(dirname(store), name))).size;
  }
  return bytes;
}

pythonTest(
  "a program that is killed amid such a reorganisation has all of it, or nothing, and goes on",
  ["hathorlib"],
  async (python) => {
    const lines: string[] = [];
    let root: string | undefined;
    await withReorganised(python, async ({ world, last }) => {
      lines.push(...world.vertices.map(({ bytes }) => `${bytes.toHex()}\n`));
      root = (await world.node.vertex(last.hash))?.metadata.root;
    });
    await withFolder(async (folder) => {
      const [store, file] = [join(folder, "node.db"), join(folder, "vertices.hex")];
      const flags = [`--store=${store}`, `--hathor-nano=${python}`];
      const args = ["import-vertices", file, ...flags];
      const more = [`--allow-run=${python}`];
      await Deno.writeTextFile(file, lines.slice(0, -1).join(""));
      const before = await run(args, { more });
      assertEquals(before.code, 0, before.stderr);
      await Deno.writeTextFile(file, lines.join(""));
      const size = await sizeOf(store);
      // While it is written ahead, and while it is brought to its places.
      for (const grown of [4_000_000, 60_000_000]) {
        const child = spawn(args, {}, more);
        await child.stdin.close();
        const drained = Promise.all([child.stdout.text(), child.stderr.text()]);
        let hasEnded = false;
        void child.status.then(() => hasEnded = true);
        await until("much of it is written", async () => (
          hasEnded || await sizeOf(store) - size > grown
        ));
        if (!hasEnded) child.kill("SIGKILL");
        await within("the end", Promise.all([drained, child.status]));
        const verified = await run(["verify", "--rows", "--store", store]);
        assertEquals(verified.code, 0, verified.stderr);
      }
      const again = await run(args, { more });
      assertEquals(again.code, 0, again.stderr);
      assertGreater(await sizeOf(store), size);
      const last = lines.at(-1)?.trim() ?? "";
      await withHathor(async (api) => {
        const { best_block: best } = await api.get("/v1a/status").then(({ dag }) => dag);
        const { meta } = await api.get(`/v1a/transaction?id=${best.hash}`);
        assertEquals(meta.nc_block_root_id, root);
        assertEquals(last.length > 0, true);
      }, { flags: [`--store=${store}`, "--hathor-nano=off"] });
    });
  },
);
