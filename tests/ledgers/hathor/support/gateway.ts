import { RemoteNode } from "../../../../src/ledgers/hathor/follow/remote_node.ts";
import { RemoteServer } from "../../../../src/remote/remote_server.ts";
import { type HathorApi, withHathor } from "./hathor_api.ts";

/** The node at an origin, as a gateway knows it. */
export function nodeAt(origin: string): RemoteNode {
  return new RemoteNode(new RemoteServer({ origin: `${origin}/v1a`, key: undefined }));
}

/** How a gateway and its node are started. */
export interface GatewayOptions {
  /** Flags of the node's server, and of the gateway's. */
  readonly node?: readonly string[];
  readonly gateway?: readonly string[];
}

/** The flag that has a server follow the node at an origin. */
export function followFlag(origin: string): string {
  return `--hathor-follow=${origin}/v1a/`;
}

/** Runs `body` with a node and a gateway that follows it, both in memory. */
export async function withGateway(
  body: (gateway: HathorApi, node: HathorApi, main: string) => Promise<void>,
  { node: nodeFlags = [], gateway = [] }: GatewayOptions = {},
): Promise<void> {
  await withHathor(async (node) => {
    const flags = [followFlag(node.origin), ...gateway];
    await withHathor((api, main) => body(api, node, main), { flags });
  }, { flags: nodeFlags });
}
