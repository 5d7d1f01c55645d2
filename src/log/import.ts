import { LedgerError } from "../kernel/errors.ts";
import { ulidAfter } from "../kernel/ids.ts";
import { COMMIT_BYTES, GROUP_BYTES } from "../kernel/limits.ts";
import { type Store, UnknownOutcomeError } from "../kv/store.ts";
import { firstOf } from "./base.ts";
import type { BaseRow } from "./base_rows.ts";
import { beginAt } from "./begin_at.ts";
import { type ByteSet, prepareCommit, sizeOf, takesSeveral } from "./commit.ts";
import { encodeEvent, type PlacedEvent, wellFormed } from "./event.ts";
import type { ChainLine, LineEvent } from "./event_line.ts";
import { firstGeneration } from "./gone.ts";
import { fetchHead, type Head, headEntry, type VersionedHead } from "./head.ts";
import { headKey, mergeKey } from "./keys.ts";
import { layersOf } from "./layers.ts";
import { Overlay } from "./overlay.ts";
import { rowWrites, segmentsOf } from "./pack_writes.ts";
import { NONCE_BYTES } from "./record.ts";
import { RowCache } from "./row_cache.ts";
import { applyStored } from "./rows.ts";
import type { Projection } from "./projection.ts";
import type { SpreadWrite } from "./spread.ts";
import { commitSpread } from "./spread_commit.ts";
import { newer, type Versions, versionsOf } from "./versions.ts";

/** Rows and commits written by one atomic operation of an import. */
const ROWS = 300;
const COMMITS = 1_000;

/** What there is of a chain to import, beside its events. */
export interface ImportSource extends ChainLine {
  /** The rows that it begins with; left out unless its beginning was cut off. */
  readonly rows?: AsyncIterable<readonly BaseRow[]>;
}

/** What an import did. */
export interface Imported {
  /** Events written now. */
  readonly events: number;
  /** Events that were in the chain already, from an import that was cut off. */
  readonly known: number;
}

/**
 * Writes the events of an export: with their offsets, ids and times, in their commits, and with the
 * rows of the projection. What is written at once is a whole number of commits, so an import that
 * is cut off leaves a good chain, and the same import run again goes on from there. Throws
 * `import_invalid` where the events do not follow each other or are fewer than the export says, and
 * `chain_exists` where the chain has events that are not those of the export, and `store_refused`
 * where their form is of a later version. The chain's own rows are of this version.
 */
export async function importChain(
  store: Store,
  { chain, epoch, next, form = 0, base, rows = noRows() }: ImportSource,
  projection: Projection,
  events: AsyncIterable<LineEvent>,
  progress: (next: number) => void = () => {},
): Promise<Imported> {
  let begun = await fetchHead(store, chain);
  if (begun.head === undefined && base !== undefined) {
    await beginAt(store, chain, projection, { epoch, base, rows });
    begun = await fetchHead(store, chain);
  } else for await (const _ of rows) { /* They are known. */ }
  const start = firstOf({ base });
  const known = begun.head?.next ?? 0;
  const exists = () =>
    new LedgerError("chain_exists", `${chain} is there already, and is not the one of the export`);
  const isOther = begun.head?.epoch !== epoch || known > next || known < start;
  if (begun.head !== undefined && isOther) throw exists();
  const first = begun.head === undefined ? await firstGeneration(store, chain) : 0;
  const importer = new Importer(store, chain, { epoch, first }, projection, begun);
  const own = projection.events;
  if (form > (own?.version ?? 0)) throw newer(chain, "events", form, own?.version ?? 0);
  const lift = (event: LineEvent): LineEvent =>
    own === undefined || own.version === form
      ? event
      : { ...own.lift(event, form), more: event.more };
  let commit: LineEvent[] = [];
  let at = start;
  for await (const event of events) {
    if (event.offset !== at) {
      throw invalid(`event ${event.offset} stands where ${at} is expected`);
    }
    at++;
    if (at === known && event.id !== begun.head?.id) throw exists();
    if (at <= known) continue;
    commit.push(lift(event));
    if (event.more) continue;
    await importer.add(commit);
    commit = [];
    progress(at);
  }
  await importer.flush();
  if (at !== next || commit.length > 0) {
    throw invalid(`the events of ${chain} end at ${at}, and there should be ${next}`);
  }
  return { events: Math.max(0, at - known), known: Math.min(at, known) - start };
}

async function* noRows(): AsyncGenerator<readonly BaseRow[]> {}

/** Commits that are ready, until they are as many as one atomic operation may write. */
class Importer {
  readonly #store: Store;
  readonly #chain: string;
  readonly #epoch: string;
  /** The generation with which it begins, where it has no head. */
  readonly #first: number;
  readonly #projection: Projection;
  readonly #below: RowCache;
  readonly #versions: Versions;
  #stored: VersionedHead;
  #head: Head | undefined;
  #rows: Overlay;
  #records: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    store: Store,
    chain: string,
    { epoch, first }: { readonly epoch: string; readonly first: number },
    projection: Projection,
    stored: VersionedHead,
  ) {
    this.#store = store;
    this.#chain = chain;
    this.#epoch = epoch;
    this.#projection = projection;
    this.#versions = versionsOf(projection);
    this.#below = new RowCache(store, chain);
    this.#first = first;
    this.#below.reset(stored.head === undefined ? [first] : layersOf(stored.head));
    this.#rows = new Overlay(this.#below);
    this.#stored = stored;
    this.#head = stored.head;
  }

  /** Takes one commit. Throws `import_invalid`. */
  async add(events: readonly LineEvent[]): Promise<void> {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    checkOrder(this.#head, events, first);
    const rows = new Overlay(this.#rows);
    for (const event of events) {
      await applyStored(this.#chain, this.#projection, placed(event), rows);
    }
    const prepared = await prepareCommit({
      chain: this.#chain,
      base: this.#head,
      versions: this.#versions,
      newEpoch: () => this.#epoch,
      generation: this.#first,
      time: first.time,
      firstId: first.id,
      lastId: last.id,
      nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
      events: events.map((event) => encodeEvent(wellFormed(event), true)),
      rows: [],
      isLarge: true,
    });
    const records = prepared.records.map(({ bytes }) => bytes);
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    const size = this.#bytes + this.#rows.size + bytes + rows.size;
    const isMuch = size > GROUP_BYTES || this.#rows.count + rows.count > ROWS ||
      this.#records.length >= COMMITS;
    // What has gathered goes first where both would be too much for one operation.
    if (isMuch && (size > COMMIT_BYTES / 2 || rows.count > ROWS / 2)) await this.flush();
    this.#rows.absorb(rows);
    this.#bytes += bytes;
    this.#records.push(...records);
    this.#head = prepared.head;
    if (isMuch) await this.flush();
  }

  /** Writes what has gathered. Throws `store_busy` when another process writes the chain. */
  async flush(): Promise<void> {
    if (this.#records.length === 0 || this.#head === undefined) return;
    const chain = this.#chain;
    // It may have been made before those that were sent meanwhile took several operations.
    const spread = this.#stored.head?.spread;
    const head = spread === undefined ? this.#head : { ...this.#head, spread };
    const rows = rowWrites(chain, head, this.#rows.changes);
    const sets: ByteSet[] = [...segmentsOf(chain, this.#records), ...rows.sets];
    const { deletes } = rows;
    const result = await this.#send({ sets, deletes, head });
    if (result.head?.hash !== head.hash) {
      throw new LedgerError("store_busy", `${chain} could not be written: import it again`);
    }
    this.#stored = result;
    this.#head = result.head;
    this.#below.absorb(this.#rows.changes);
    this.#rows = new Overlay(this.#below);
    this.#records = [];
    this.#bytes = 0;
  }

  /** Returns the head after it, whoever has written that. */
  async #send({ sets, deletes, head }: SpreadWrite & { head: Head }): Promise<VersionedHead> {
    const chain = this.#chain;
    const store = this.#store;
    const all = [...sets, headEntry(chain, head)];
    const isSpread = takesSeveral(sizeOf(all, deletes), true);
    const spread = { ...head, spread: head.next };
    const { versionstamp } = this.#stored;
    // Segments are as full as merging would make them.
    const merged = { key: mergeKey(chain), value: head.next };
    const sending = isSpread
      ? commitSpread(store, chain, { sets, deletes, head: spread }, this.#stored)
      : store.commit({
        checks: [{ key: headKey(chain), versionstamp }],
        sets: [...all, merged],
        deletes,
      });
    const result = await sending.catch((error: unknown) => {
      if (!(error instanceof UnknownOutcomeError)) throw error;
      return undefined;
    });
    if (result === undefined) return await fetchHead(store, chain);
    return { head: isSpread ? spread : head, versionstamp: result.versionstamp };
  }
}

function checkOrder(head: Head | undefined, events: readonly LineEvent[], first: LineEvent): void {
  if (head !== undefined && (first.id <= head.id || first.time < head.time)) {
    throw invalid(`event ${first.offset} is older than the one before`);
  }
  for (const [at, { offset, id, time }] of events.entries()) {
    if (id !== ulidAfter(first.id, at) || time !== first.time) {
      throw invalid(`event ${offset} is not of the commit that it is said to be of`);
    }
  }
}

function placed({ more: _, ...event }: LineEvent): PlacedEvent {
  return event;
}

function invalid(message: string): LedgerError {
  return new LedgerError("import_invalid", message);
}
