import { LedgerError } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { checkedText, DamagedValueError, readCheckedText } from "./checked.ts";
import { chainOfHead, headKey } from "./keys.ts";
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
}

/** A head with the version that a write checks. No head yet: the chain has no events. */
export interface VersionedHead {
  readonly head: Head | undefined;
  readonly versionstamp: string | null;
}

/** The hash that the first commit of a chain carries. */
export const NO_HASH = "0".repeat(64);

/**
 * A head as it is written, with its checksum. Programs before 0.2.0, which would drop what they do
 * not know, do not take it for a head and refuse the chain.
 */
export function headEntry(chain: string, head: Head): { key: Deno.KvKey; value: Uint8Array } {
  return { key: headKey(chain), value: checkedText(nameOf(chain), JSON.stringify(head)) };
}

/**
 * Reads a stored head. Throws `damaged` when it is not one, and `store_refused` when it is of a
 * form that this program does not know.
 */
export function readHead({ key, value, versionstamp }: StoredEntry): VersionedHead {
  if (value === null) return { head: undefined, versionstamp };
  const chain = chainOfHead(key);
  // Heads were objects once; a rebuild of the rows writes them anew.
  const head = value instanceof Uint8Array ? parsed(chain, value) : unversioned(value);
  if (head === undefined) throw damagedHead(chain, "it is not a head");
  return { head, versionstamp };
}

/**
 * The chain's head as stored now. Throws as {@linkcode readHead} does, and `damaged` too where the
 * store has something that it cannot even decode.
 */
export async function fetchHead(store: Store, chain: string): Promise<VersionedHead> {
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

function nameOf(chain: string): string {
  return `head ${chain}`;
}

function parsed(chain: string, value: Uint8Array): Head | undefined {
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
  if (layout > LAYOUT) throw newer(chain, "stored form", layout, LAYOUT);
  return isHead(head) ? head : undefined;
}

function unversioned(value: unknown): Head | undefined {
  if (!isObject(value) || Object.keys(value).length !== FIELDS) return undefined;
  const head = { ...value, versions: UNVERSIONED };
  return isHead(head) ? head : undefined;
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
    isCount(fields.commits) && isCount(fields.bytes) && isCount(fields.generation);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
