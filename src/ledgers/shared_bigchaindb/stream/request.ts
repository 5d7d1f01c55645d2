import { LedgerError } from "../../../kernel/errors.ts";
import { parsePosition } from "../../../kernel/position.ts";
import type { Chain } from "../../../log/chain.ts";
import type { EventBatch } from "../../../log/event_batch.ts";
import type { Matcher } from "../../../log/follow.ts";
import { BLOCK, hasAllKeys, modelText } from "../chain/events.ts";
import { findBlock, lastBlock } from "../chain/queries.ts";
import type { StreamName } from "./frames.ts";

/** What a handshake asks for beside its path. Old clients ask for nothing. */
export interface StreamRequest {
  /** The first event to be told. */
  readonly offset: number;
  /** Whether the client said where to start. */
  readonly isPlaced: boolean;
  readonly matcher: Matcher | undefined;
}

/**
 * Reads `from_height` or `offset` (which takes `earliest`, a ULID and a time, too), and the filters
 * `public_key`, `asset_id` and `operation`. Of one filter given several times one has to fit, and
 * of different ones all.
 *
 * @throws {LedgerError} position_invalid
 */
export async function readStreamRequest(
  chain: Chain,
  stream: StreamName,
  query: URLSearchParams,
): Promise<StreamRequest> {
  const height = query.get("from_height");
  const offset = query.get("offset");
  if (height !== null && (offset !== null || stream === "rejected_transactions")) {
    throw new LedgerError("position_invalid", "from_height cannot be given here");
  }
  return {
    offset: height === null
      ? await chain.startOf(parsePosition(offset ?? "latest"))
      : await offsetOfHeight(chain, height),
    isPlaced: height !== null || offset !== null,
    matcher: matcherOf(query),
  };
}

async function offsetOfHeight(chain: Chain, text: string): Promise<number> {
  if (!/^\d{1,15}$/.test(text)) {
    throw new LedgerError("position_invalid", "from_height is a whole number");
  }
  const height = Math.max(1, Number(text));
  const block = await findBlock(chain, height);
  if (block !== undefined) return block.first;
  const last = await lastBlock(chain);
  if (height === last.height + 1) return await chain.locate({ at: "latest" });
  throw new LedgerError("position_invalid", `The last block has the height ${last.height}`);
}

/** Values of one filter: every event is looked at for them. */
const FILTER_VALUES = 256;

function valuesOf(query: URLSearchParams, name: string): Set<string> {
  const values = new Set(query.getAll(name));
  if (values.size <= FILTER_VALUES) return values;
  throw new LedgerError("position_invalid", `${name} is given more than ${FILTER_VALUES} times`);
}

function matcherOf(query: URLSearchParams): Matcher | undefined {
  const operations = new Set([...valuesOf(query, "operation")].map((word) => word.toUpperCase()));
  const wanted = ["public_key", "asset_id"].map((name) => valuesOf(query, name))
    .filter(({ size }) => size > 0);
  if (operations.size === 0 && wanted.length === 0) return undefined;
  return (batch, index) => {
    const type = batch.types[index] ?? "";
    if (type === BLOCK) return true;
    if (operations.size > 0 && !operations.has(type)) return false;
    const keys = batch.keys[index] ?? [];
    return wanted.every((set) =>
      keys.some((key) => set.has(key)) ||
      (!hasAllKeys(keys) && !namesOf(batch, index).isDisjointFrom(set))
    );
  };
}

/**
 * The keys and ids that stand in a transaction with more of them than an event can have. They are
 * looked for once for all sockets.
 */
function namesOf(batch: EventBatch, index: number): ReadonlySet<string> {
  const known = batch.derive(knownNames);
  let names = known.get(index);
  if (names === undefined) {
    const found = modelText(batch.text(index)).matchAll(NAME);
    known.set(index, names = new Set(Iterator.from(found).map(([, name = ""]) => name)));
  }
  return names;
}

function knownNames(): Map<number, ReadonlySet<string>> {
  return new Map();
}

/** A public key or the id of a transaction, as a text of its own. */
const NAME = /"([1-9A-HJ-NP-Za-km-z]{43,44}|[0-9a-f]{64})"/g;
