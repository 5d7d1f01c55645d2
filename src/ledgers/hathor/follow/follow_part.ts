import type { FollowPart } from "../../../remote/followed.ts";
import { followedBy } from "../../../remote/followed.ts";
import { openNode } from "../intake/node.ts";
import type { Network } from "../networks/network.ts";
import { EventDialect } from "./event_dialect.ts";
import { EventKeeper } from "./event_keeper.ts";
import { EventVertices } from "./event_vertices.ts";
import { RemoteNode } from "./remote_node.ts";
import { VertexFetch } from "./vertex_fetch.ts";

/**
 * How a Hathor node is followed.
 *
 * @param readNetwork the network of the settings
 */
export function hathorFollow(
  readNetwork: (settings: Readonly<Record<string, unknown>>) => Promise<Network>,
): FollowPart {
  return {
    async follow({ log, clock, random, server, settings }) {
      const network = await readNetwork(settings);
      const node = await openNode({ log, clock, network, isFollowing: true });
      const remote = new RemoteNode(server);
      const keeper = new EventKeeper(log, node);
      const fetch = new VertexFetch(remote, network.maxVertexSize);
      const dialect = new EventDialect({
        node: remote,
        network,
        line: node.chain.name,
        clock,
        next: () => keeper.next(),
        vertices: (signal) => new EventVertices(node.rows, fetch, signal),
      });
      return followedBy(dialect, keeper, { clock, random });
    },
    // What is for the node to answer is sent on where the routes are declared (`forward`).
    remotePath: () => undefined,
  };
}
