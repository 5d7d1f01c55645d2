import { base58Decode } from "../../../crypto/base58.ts";
import { PUBLIC_KEY_BYTES } from "../../../crypto/ed25519.ts";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { parsePosition } from "../../../kernel/position.ts";
import type { Chain } from "../../../log/chain.ts";
import type { EventBatch } from "../../../log/event_batch.ts";
import type { Matcher } from "../../../log/follow.ts";
import { shownFilter } from "../../../sockets/following.ts";
import { BLOCK, hasAllKeys, modelText } from "../chain/events.ts";
import type { Dialect } from "../chain/dialect.ts";
import { findBlock, lastBlock } from "../chain/queries.ts";
import { hash, hashList, publicKey, readText } from "../http/arguments.ts";
import type { StreamName } from "./frames.ts";

/** What a handshake asks for beside its path. Old clients ask for nothing. */
export interface StreamRequest {
  /** The first event to be told. */
  readonly offset: number;
  /** Whether the client said where to start. */
  readonly isPlaced: boolean;
  readonly matcher: Matcher | undefined;
  /** The filters in words. */
  readonly shown: string | undefined;
}

/** What says where a stream begins, and the key of who may read it. */
const PLACES = ["from_height", "offset", "token"];

/** A filter: what it looks at, and how each of its values is read. */
interface Filter {
  readonly of: "types" | "keys";
  readonly read: (value: string, dialect: Dialect) => readonly string[];
}

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ["public_key", { of: "keys", read: (value) => [spendingKey(value)] }],
  ["asset_id", { of: "keys", read: (value) => [readText(hash, value)] }],
  ["asset_ids", { of: "keys", read: (value) => readText(hashList, value) }],
  ["operation", { of: "types", read: (value, { operations }) => [operation(value, operations)] }],
]);

/**
 * Reads `from_height` or `offset` (which takes `earliest`, a ULID and a time, too), and the filters
 * `public_key`, `asset_id` (or `asset_ids`, with commas between them) and `operation`. Of one filter
 * given several times one has to fit, and of different ones all. Blocks have no filters.
 *
 * @throws {LedgerError} position_invalid, also for what no event could ever fit
 */
export async function readStreamRequest(
  chain: Chain,
  stream: StreamName,
  query: URLSearchParams,
  dialect: Dialect,
): Promise<StreamRequest> {
  const height = query.get("from_height");
  const offset = query.get("offset");
  if (height !== null && (offset !== null || stream === "rejected_transactions")) {
    throw new LedgerError("position_invalid", "from_height cannot be given here");
  }
  for (const name of query.keys()) {
    if (PLACES.includes(name) || (FILTERS.has(name) && stream !== "valid_blocks")) continue;
    const reason = FILTERS.has(name)
      ? `${name} cannot be given here`
      : `Unknown arguments: ${name}`;
    throw new LedgerError("position_invalid", reason);
  }
  const matcher = matcherOf(query, dialect);
  return {
    offset: height === null
      ? await chain.startOf(parsePosition(offset ?? "latest"))
      : await offsetOfHeight(chain, height),
    isPlaced: height !== null || offset !== null,
    matcher,
    shown: shownFilter(
      Object.fromEntries(
        [...FILTERS.keys()].filter((name) => query.has(name)).map((
          name,
        ) => [name, query.getAll(name)]),
      ),
    ),
  };
}

async function offsetOfHeight(chain: Chain, text: string): Promise<number> {
  if (!/^\d+$/.test(text)) {
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

/** The values of a filter; of none where it is not given. */
function valuesOf(
  query: URLSearchParams,
  [name, { read }]: readonly [string, Filter],
  dialect: Dialect,
): Set<string> {
  const values = new Set<string>();
  for (const given of new Set(query.getAll(name))) {
    try {
      for (const value of read(given, dialect)) values.add(value);
    } catch (error) {
      throw new LedgerError("position_invalid", `${name}: ${messageOf(error)}`, {}, error);
    }
    if (values.size <= FILTER_VALUES) continue;
    throw new LedgerError("position_invalid", `${name} is given more than ${FILTER_VALUES} times`);
  }
  return values;
}

/** A public key that can be one: the HTTP API takes any of that length, and finds nothing. */
function spendingKey(value: string): string {
  try {
    if (base58Decode(readText(publicKey, value)).length === PUBLIC_KEY_BYTES) return value;
  } catch {
    // Told below, in the words that the HTTP API has for it.
  }
  throw new Error("Invalid base58 ed25519 key");
}

function operation(value: string, operations: readonly string[]): string {
  const upper = value.toUpperCase();
  if (operations.includes(upper)) return upper;
  const names = operations.map((name) => `"${name}"`);
  throw new Error(`Operation must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`);
}

function matcherOf(query: URLSearchParams, dialect: Dialect): Matcher | undefined {
  const wanted = [...FILTERS].map((filter) => ({
    of: filter[1].of,
    values: valuesOf(query, filter, dialect),
  })).filter(({ values }) => values.size > 0);
  if (wanted.length === 0) return undefined;
  return (batch, index) => {
    const type = batch.types[index] ?? "";
    if (type === BLOCK) return true;
    const keys = batch.keys[index] ?? [];
    return wanted.every(({ of, values }) =>
      of === "types" ? values.has(type) : keys.some((key) => values.has(key)) ||
        (!hasAllKeys(keys) && !namesOf(batch, index).isDisjointFrom(values))
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
