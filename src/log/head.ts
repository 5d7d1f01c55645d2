import { nextTurn } from "../kernel/turn.ts";
import { LedgerError } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { checkedText, DamagedValueError, readCheckedText } from "./checked.ts";
import { type Base, isBase } from "./base.ts";
import { clearChain } from "./clear.ts";
import { chainOfHead, headKey } from "./keys.ts";
import { bringIn, type Spread } from "./spread.ts";
import { LAYOUT, newer, UNVERSIONED, type Versions } from "./versions.ts";

/**
 * Where a chain ends. Every write checks it and moves it on (optimistic concurrency), so that it
 * orders the writes of all processes.
 */
export interface Head {
  /** Names this life of the log: a cursor of another epoch is refused. */
  readonly epoch: string;
  /** Offset of the next event: also how many there are. */
  readonly next: number;
  /** ULID of the last event. */
  readonly id: string;
  /** Milliseconds since the epoch of the last commit; never less than the one before. */
  readonly time: number;
  /** SHA-256 of the last commit, in hex: every commit carries the one before. */
  readonly hash: string;
  /** Commits and bytes of event data so far. */
  readonly commits: number;
  readonly bytes: number;
  /** Which generation of projection rows is in force; a rebuild writes another. */
  readonly generation: number;
  /** Of what the chain holds. */
  readonly versions: Versions;
  /** The offset after the last commit that took several operations, if there was one. */
  readonly spread?: number;
  /** Rows that lie under those of the generation, the uppermost first; see `layers.ts`. */
  readonly below?: readonly Layer[];
  /** What it begins with, where its beginning was cut off. */
  readonly base?: Base;
}

/** What of a head those that follow it have as well. */
export function lasting(head: Head | undefined): Pick<Head, "spread" | "below" | "base"> {
  const { spread, below, base } = head ?? {};
  return {
    ...spread === undefined ? {} : { spread },
    ...below === undefined ? {} : { below },
    ...base === undefined ? {} : { base },
  };
}

/** Rows as they were once, under those that have changed since. */
export interface Layer {
  readonly generation: number;
  /** The offset after the last event that they know of. */
  readonly next: number;
}

/** A head with the version that a write checks. No head yet: the chain has no events. */
export interface VersionedHead {
  readonly head: Head | undefined;
  readonly versionstamp: string | null;
  /** The commit that follows it, which is decided and not yet all in its place. */
  readonly pending?: PendingHead | undefined;
  /** Whether the chain is no more, and what it had is being taken away. */
  readonly isDropped?: boolean;
}

/** The head of a commit that is more than one operation holds, and where what it writes is. */
export interface PendingHead {
  readonly head: Head;
  readonly spread: Spread;
}

/** The hash that the first commit of a chain carries. */
export const NO_HASH = "0".repeat(64);

/**
 * A head as it is written, with its checksum. Programs before 0.2.0, which would drop what they do
 * not know, do not take it for a head and refuse the chain; so do those that know of no layers,
 * or of no base, where it has any.
 */
export function headEntry(chain: string, head: Head): { key: Deno.KvKey; value: Uint8Array } {
  const later = head.base !== undefined ? CUT_LAYOUT : head.below && LAYERED_LAYOUT;
  const stored = later === undefined
    ? head
    : { ...head, versions: { ...head.versions, layout: later } };
  return { key: headKey(chain), value: checkedText(nameOf(chain), JSON.stringify(stored)) };
}

/**
 * A head behind which a commit is decided and not yet all in its place. Programs that do not know of
 * this take it for a later stored form and refuse the chain.
 */
export function pendingEntry(
  chain: string,
  before: Head | undefined,
  { head, spread }: PendingHead,
): { key: Deno.KvKey; value: Uint8Array } {
  const versions = { ...head.versions, layout: PENDING_LAYOUT };
  const text = JSON.stringify({ versions, before: before ?? null, head, spread });
  return { key: headKey(chain), value: checkedText(nameOf(chain), text) };
}

/**
 * What stands for the head of a chain that is no more, until all that it had is taken away. Programs
 * that do not know of this take it for a later stored form and refuse the chain.
 */
export function droppedEntry(chain: string): { key: Deno.KvKey; value: Uint8Array } {
  const text = JSON.stringify({ versions: { layout: DROPPED_LAYOUT, rows: 0, events: 0 } });
  return { key: headKey(chain), value: checkedText(nameOf(chain), text) };
}

/**
 * Reads a stored head. Throws `damaged` when it is not one, and `store_refused` when it is of a
 * form that this program does not know.
 */
export function readHead({ key, value, versionstamp }: StoredEntry): VersionedHead {
  if (value === null) return { head: undefined, versionstamp };
  const chain = chainOfHead(key);
  // Heads were objects once; a rebuild of the rows writes them anew.
  const read = value instanceof Uint8Array ? parsed(chain, value) : unversioned(value);
  if (read === undefined) throw damagedHead(chain, "it is not a head");
  return { ...read, versionstamp };
}

/**
 * The chain's head as stored now; a commit that is decided and not yet in its place is brought there
 * first, and what a chain has that is no more is taken away. Throws as {@linkcode readHead} does, and
 * `damaged` too where the store has something that it cannot even decode, or has lost a part of that
 * commit.
 */
export async function fetchHead(store: Store, chain: string): Promise<VersionedHead> {
  let tried: string | null | undefined;
  for (let waited = 0;; waited++) {
    const { pending, isDropped, ...read } = await storedHead(store, chain);
    const { versionstamp } = read;
    if (isDropped === true && versionstamp !== null) {
      // Whoever writes takes it away: to others there is nothing.
      if (store.isReader === true) return read;
      await clearChain(store, chain, versionstamp);
      continue;
    }
    if (pending === undefined || versionstamp === null) return read;
    if (store.isReader === true) {
      // Whoever writes brings it in, and does so now.
      if (waited > MOST_WAITS) throw waitedInVain(chain);
      await nextTurn();
      continue;
    }
    if (tried === versionstamp) throw damagedHead(chain, "a part of the last commit is missing");
    tried = versionstamp;
    const { head, spread } = pending;
    try {
      await bringIn(store, chain, spread, { versionstamp, entry: headEntry(chain, head) });
    } catch (error) {
      if (error instanceof DamagedValueError) throw damagedHead(chain, error.message, error);
      throw error;
    }
  }
}

/** Turns that a connection which only reads waits for a commit to be in its place: some seconds. */
const MOST_WAITS = 2_000;

function waitedInVain(chain: string): LedgerError {
  return new LedgerError(
    "store_unavailable",
    `The last commit to ${chain} is not in its place yet`,
  );
}

async function storedHead(store: Store, chain: string): Promise<VersionedHead> {
  let entry: StoredEntry;
  try {
    entry = await store.get(headKey(chain));
  } catch (error) {
    if (error instanceof RangeError) throw damagedHead(chain, error.message, error);
    throw error;
  }
  return readHead(entry);
}

/** The error of a chain whose head cannot be read. */
export function damagedHead(chain: string, reason: string, cause?: unknown): LedgerError {
  const message = `The head of ${chain} is damaged: ${reason}`;
  return new LedgerError("damaged", message, { chain, offset: 0 }, cause);
}

/** A head that was written as JSON text elsewhere. Throws `damaged` where it is none. */
export function readHeadText(chain: string, text: string): Head {
  const head: unknown = JSON.parse(text);
  if (isObject(head) && isVersions(head.versions) && isHead(head)) return head;
  throw damagedHead(chain, "it is not a head");
}

function nameOf(chain: string): string {
  return `head ${chain}`;
}

/** A stored form that is not, to programs that do not know of commits which take several operations. */
const PENDING_LAYOUT = LAYOUT + 1;

/** The same, to programs that do not know of chains which are no more. */
const DROPPED_LAYOUT = LAYOUT + 2;

/** The same to programs that do not know of layers. */
const LAYERED_LAYOUT = LAYOUT + 3;

/** The same to programs that do not know of chains whose beginning was cut off. */
const CUT_LAYOUT = LAYOUT + 4;

type ReadHead = Omit<VersionedHead, "versionstamp">;

function parsed(chain: string, value: Uint8Array): ReadHead | undefined {
  let text: string;
  try {
    text = readCheckedText(nameOf(chain), value);
  } catch (error) {
    if (error instanceof DamagedValueError) throw damagedHead(chain, error.message, error);
    throw error;
  }
  const head: unknown = JSON.parse(text);
  if (!isObject(head) || !isVersions(head.versions)) return undefined;
  const { layout } = head.versions;
  if (layout === DROPPED_LAYOUT) return { head: undefined, isDropped: true };
  if (layout === PENDING_LAYOUT && isSpread(head.spread)) return pendingOf(head, head.spread);
  const isLater = layout === LAYERED_LAYOUT || layout === CUT_LAYOUT;
  if (isLater && (head.below === undefined || areLayers(head.below))) {
    const read = { ...head, versions: { ...head.versions, layout: LAYOUT } };
    return isHead(read) ? { head: read } : undefined;
  }
  if (layout > LAYOUT) throw newer(chain, "stored form", layout, LAYOUT);
  return isHead(head) ? { head } : undefined;
}

function pendingOf(
  { before, head }: Record<string, unknown>,
  spread: Spread,
): ReadHead | undefined {
  if (!isObject(head) || !isVersions(head.versions) || !isHead(head)) return undefined;
  const pending = { head, spread };
  if (before === null) return { head: undefined, pending };
  return isObject(before) && isHead(before) ? { head: before, pending } : undefined;
}

function areLayers(value: unknown): value is readonly Layer[] {
  return Array.isArray(value) &&
    value.every((each) => isObject(each) && isCount(each.generation) && isCount(each.next));
}

function isSpread(value: unknown): value is Spread {
  return isObject(value) && isCount(value.parts) && typeof value.time === "number" &&
    typeof value.name === "string";
}

function unversioned(value: unknown): ReadHead | undefined {
  if (!isObject(value) || Object.keys(value).length !== FIELDS) return undefined;
  const head = { ...value, versions: UNVERSIONED };
  return isHead(head) ? { head } : undefined;
}

/** Fields of a head before there were versions. */
const FIELDS = 8;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isVersions(value: unknown): value is Versions {
  return isObject(value) && isCount(value.layout) && isCount(value.rows) && isCount(value.events);
}

function isHead(fields: Record<string, unknown>): fields is Record<string, unknown> & Head {
  return typeof fields.epoch === "string" && isCount(fields.next) &&
    typeof fields.id === "string" && typeof fields.time === "number" &&
    typeof fields.hash === "string" && fields.hash.length === 64 &&
    isCount(fields.commits) && isCount(fields.bytes) && isCount(fields.generation) &&
    (fields.base === undefined || isBase(fields.base));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
