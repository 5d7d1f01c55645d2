import type { DepositNotice } from "../../../../src/ledgers/hathor/deposits/notices.ts";
import { addressKey } from "../../../../src/ledgers/hathor/deposits/config.ts";
import { decodeAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import type { Metadata } from "../../../../src/ledgers/hathor/rows/metadata.ts";
import { addressOfScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { isBlock, tokenUidAt, type Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { PlacedEvent } from "../../../../src/log/event.ts";

/** What a subscription watches, as the oracle is told it. */
export interface Watching {
  readonly id: string;
  readonly confirmations: number;
  /** By key of an address, the first event that counts; undefined for any address. */
  readonly addresses: ReadonlyMap<string, number> | undefined;
  /** Uids; empty for all. */
  readonly tokens: readonly string[];
  readonly from: number;
}

/** A notice as it is compared. */
export type Expected =
  & Pick<DepositNotice, "number" | "tx" | "output" | "reason" | "event">
  & { readonly type: string; readonly block: string | null };

const OF_VERTICES: ReadonlySet<string> = new Set([
  EventType.newVertex,
  EventType.metadataChanged,
  EventType.vertexRemoved,
]);

interface Known {
  readonly vertex: Vertex;
  readonly number: number;
  metadata: Metadata | undefined;
}

interface Output {
  kind: "none" | "seen" | "confirmed";
  block: string | null;
  number: number;
}

/**
 * What has to be told of a network's events, worked out in the plainest way: after each vertex every
 * output that there is, is looked at.
 */
export function expectedNotices(
  network: Network,
  events: readonly PlacedEvent[],
  watching: Watching,
): Expected[] {
  const vertices = new Map<string, Known>();
  const outputs = new Map<string, Output>();
  const told: Expected[] = [];
  let best = 0;
  for (const event of events) {
    if (!OF_VERTICES.has(event.type)) continue;
    const read = readVertexEvent(event);
    const known = vertices.get(read.hash);
    if (read.stored !== undefined) {
      const { vertex } = read.stored;
      vertices.set(read.hash, { vertex, number: event.offset, metadata: read.metadata });
    } else if (known !== undefined) known.metadata = read.metadata;
    best = read.best?.height ?? best;
    if (event.type !== EventType.newVertex) continue;
    for (const [tx, one] of vertices) {
      for (const output of watchedOf(network, one, watching)) {
        const place = `${tx}:${output}`;
        const state = outputs.get(place) ?? { kind: "none", block: null, number: 0 };
        outputs.set(place, state);
        const tell = (type: string, block: string | null, reason: Expected["reason"] = null) => {
          const number = ++state.number;
          told.push({ type, number, tx, output, block, reason, event: event.offset });
        };
        look(state, one, best, { vertices, watching, tell });
      }
    }
  }
  return told;
}

function look(
  state: Output,
  { vertex, metadata }: Known,
  best: number,
  { vertices, watching, tell }: {
    readonly vertices: ReadonlyMap<string, Known>;
    readonly watching: Watching;
    readonly tell: (type: string, block: string | null, reason?: Expected["reason"]) => void;
  },
): void {
  const isVoid = metadata === undefined || metadata.voidedBy.length > 0;
  const block = isBlock(vertex) ? vertex.hash : metadata?.firstBlock ?? null;
  const height = block === null ? undefined : vertices.get(block)?.metadata?.height;
  if (state.kind !== "none" && isVoid) {
    const reason = metadata === undefined ? "removed" : isBlock(vertex) ? "reorganised" : "voided";
    tell("DEPOSIT_UNDONE", null, reason);
    state.kind = "none";
  }
  if (isVoid) return;
  if (state.kind === "confirmed" && state.block !== block) {
    tell("DEPOSIT_UNDONE", null, "reorganised");
    state.kind = "none";
  }
  if (state.kind === "none") {
    tell("DEPOSIT_SEEN", block);
    state.kind = "seen";
  }
  const isDeep = height !== undefined && best - height + 1 >= watching.confirmations;
  if (state.kind === "seen" && isDeep) {
    tell("DEPOSIT_CONFIRMED", block);
    state.kind = "confirmed";
    state.block = block;
  }
}

function watchedOf(
  network: Network,
  { vertex, number }: Known,
  { addresses, tokens, from }: Watching,
): number[] {
  return vertex.outputs.flatMap(({ script, tokenData }, output) => {
    if (tokenData > 0x7f) return [];
    const token = tokenUidAt(vertex, tokenData) ?? "";
    if (tokens.length > 0 && !tokens.includes(token)) return [];
    const address = addressOfScript(network, script);
    const key = address === undefined ? "" : addressKey(decodeAddress(address));
    const first = addresses === undefined ? from : addresses.get(key) ?? Infinity;
    return number >= first ? [output] : [];
  });
}
