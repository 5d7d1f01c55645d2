import { assertEquals } from "@std/assert";
import type { NodeQueries } from "../../../../src/ledgers/hathor/queries/node_queries.ts";
import { TopicBook } from "../../../../src/ledgers/hathor/queries/topics.ts";
import { adminFramer } from "../../../../src/ledgers/hathor/sockets/admin/vertex_messages.ts";
import { Prng } from "../../../support/prng.ts";
import { testNetwork } from "../support/builder.ts";
import { FollowerWorld } from "../support/follower_world.ts";
import { RandomGraph } from "../support/random_graph.ts";
import { SocketWorld } from "../support/socket_world.ts";

/** What `/ws` tells of all events so far, each with its id. */
async function messagesOf(queries: NodeQueries): Promise<string[]> {
  const framer = adminFramer(queries, new TopicBook(queries), () => Promise.resolve([]));
  const next = await queries.nextEventId();
  const texts: string[] = [];
  const stopping = new AbortController();
  for await (const told of queries.chain.followBatches(0, stopping.signal)) {
    if (told.kind !== "batch") continue;
    const { batch } = told;
    const frames = await framer(batch);
    for (let id = batch.first; id < batch.next; id++) {
      for (const { text } of frames.of(id)) texts.push(`${id} ${text}`);
    }
    if (batch.next >= next) break;
  }
  stopping.abort();
  return texts;
}

for (const seed of [3, 5]) {
  Deno.test(`wallets and dashboards hear at a follower what they hear at its node (${seed})`, async () => {
    const network = testNetwork();
    await SocketWorld.run(async (world) => {
      const graph = new RandomGraph(new Prng(seed), network);
      const follower = await FollowerWorld.open(network, world.origin);
      try {
        follower.followed.start();
        for (let n = 0; n < 120; n++) {
          const vertex = graph.next();
          const isTaken = await world.take(vertex).then(() => true, () => false);
          if (isTaken) graph.added(vertex);
        }
        await follower.reach(await world.node.nextEventId());
        assertEquals(await messagesOf(follower.queries), await messagesOf(world.node));
      } finally {
        await follower.close();
      }
    }, { network, isWhole: true });
  });
}
