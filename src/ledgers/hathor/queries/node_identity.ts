import type { Log } from "../../../log/log.ts";
import { logNameOf } from "../networks/chain_names.ts";

/** How the node tells itself from others: clients keep both, and refuse a stream with any other. */
export interface NodeIdentity {
  /** 64 hex digits. */
  readonly peerId: string;
  /** A UUID. */
  readonly streamId: string;
}

/** The identity of a network's node, made once per store, and the stream's for each copy of it. */
export async function nodeIdentity(log: Log, network: string): Promise<NodeIdentity> {
  const peer = await log.nodeValue(
    [logNameOf(network), "peer"],
    () => crypto.getRandomValues(new Uint8Array(32)),
  );
  // The events of a copy are another stream: their ids go on otherwise than in what was copied.
  const stream = await log.lifeValue(
    [logNameOf(network), "stream"],
    () => new TextEncoder().encode(crypto.randomUUID()),
  );
  return { peerId: peer.toHex(), streamId: new TextDecoder().decode(stream) };
}
