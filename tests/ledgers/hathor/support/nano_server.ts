import { join } from "node:path";
import { withLog } from "../../../../src/cli/backup/with_log.ts";
import { systemClock } from "../../../../src/kernel/clock.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { Contracts } from "../../../../src/ledgers/hathor/nano/contracts.ts";
import { withFolder } from "../../../support/server.ts";
import { type HathorApi, withHathor } from "./hathor_api.ts";
import { ROOMY } from "./engines.ts";
import { NANO_NETWORK } from "./nano_vectors.ts";
import { take, TestNode } from "./test_node.ts";
import { vertexOf } from "./vectors.ts";

/** Where a server of a scenario is. */
interface ScenarioServer {
  /** Its main port. */
  readonly main: string;
  /** The flag that names its network. */
  readonly network: string;
}

/**
 * Runs `body` with a server on a store that has the vertices of a scenario, and `after` with the store
 * once it has stopped.
 */
export async function withScenario(
  python: string,
  { steps }: { readonly steps: readonly { readonly hex: string }[] },
  body: (api: HathorApi, server: ScenarioServer) => Promise<void>,
  after?: (store: string, network: string) => Promise<void>,
  rules: Network = NANO_NETWORK,
): Promise<void> {
  await withFolder(async (folder) => {
    const [store, settings] = [join(folder, "node.db"), join(folder, "network.yml")];
    await Deno.writeTextFile(settings, "extends: unittests\nREWARD_SPEND_MIN_BLOCKS: 1\n");
    await withLog(store, async (log) => {
      const context = { log, clock: systemClock, network: rules };
      const contracts = new Contracts({ ...context, python }, ROOMY);
      const node = await TestNode.open({ ...context, contracts });
      await node.start();
      // One after another: which branch is executed first depends on the order.
      for (const { hex } of steps) await take(node, vertexOf(hex), { kind: "history" });
      await contracts.close();
    });
    const network = `--hathor-network=${settings}`;
    const flags = [`--store=${store}`, network, `--hathor-nano=${python}`];
    await withHathor((api, main) => body(api, { main, network }), { flags });
    await after?.(store, network);
  });
}
