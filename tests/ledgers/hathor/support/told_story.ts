import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { Prng } from "../../../support/prng.ts";
import { testNetwork } from "./builder.ts";
import { eventTextsOf } from "./follower_world.ts";
import { RandomGraph } from "./random_graph.ts";
import { ScriptedNode } from "./scripted_node.ts";
import { SocketWorld } from "./socket_world.ts";

/** What a node of ours has been through, for a scripted one to tell. */
export interface Story {
  readonly network: Network;
  readonly events: readonly string[];
  /** Vertices in hexadecimal digits, by hash. */
  readonly transactions: ReadonlyMap<string, string>;
}

/** Vertices made at random, with forks, conflicts and tokens, as a node of ours tells them. */
export async function storyOf(seed: number, vertices: number): Promise<Story> {
  const network = testNetwork();
  const graph = new RandomGraph(new Prng(seed), network);
  const transactions = new Map<string, string>();
  let events: readonly string[] = [];
  await SocketWorld.run(async (world) => {
    for (let n = 0; n < vertices; n++) {
      const vertex = graph.next();
      const isTaken = await world.take(vertex).then(() => true, () => false);
      if (!isTaken) continue;
      graph.added(vertex);
      transactions.set(vertex.hash, vertex.bytes.toHex());
    }
    events = await eventTextsOf(world.node);
  }, { network });
  return { network, events, transactions };
}

/** A node that tells the story up to an event. */
export function tellerOf(
  { network, events, transactions }: Story,
  count = events.length,
): ScriptedNode {
  const node = new ScriptedNode(network, events.slice(0, count));
  for (const [hash, hex] of transactions) node.transactions.set(hash, hex);
  return node;
}
