import { LedgerError, messageOf } from "../kernel/errors.ts";
import { COMMIT_TRIES, GROUP_BYTES, TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { isUlid } from "../kernel/ids.ts";
import { Pace } from "../kernel/turn.ts";
import { commitHash, type PreparedCommit, sizeOf, takesSeveral } from "./commit.ts";
import type { Committed } from "./committed.ts";
import type { EventBatch } from "./event_batch.ts";
import { type Head, headEntry, lasting, NO_HASH, type VersionedHead } from "./head.ts";
import { layersOf } from "./layers.ts";
import { lifted } from "./lift.ts";
import { Overlay } from "./overlay.ts";
import { rowWrites, segmentsOf } from "./pack_writes.ts";
import type { Projection } from "./projection.ts";
import { commitStart, decodeRecord, recordLength } from "./record.ts";
import { RowCache } from "./row_cache.ts";
import { applyStored } from "./rows.ts";
import { sendCommit, type SendContext } from "./send_commit.ts";
import type { RowUpgrade } from "./upgrade.ts";

/** Rows, and commits, that one operation takes over. */
const ROWS = 300;
const COMMITS = 500;

/** What adopting takes from its surroundings. */
export interface AdoptContext extends SendContext {
  readonly onCommit: (head: Head, records: readonly Committed[]) => void;
}

/** Commits of another log's chain, as they are stored there: whole records, one after another. */
export interface Adoption {
  /** Of the chain that they are of. */
  readonly epoch: string;
  readonly records: Uint8Array;
}

/**
 * Takes commits over that another log has made, to the byte: offsets, ids, times and hashes are those
 * of the other, and only the rows are made here. Each commit has to carry the hash of the one before
 * it, which is what the chain has here. What is here already is passed over, so that whoever is not
 * sure gives it again. The writer of the chain has to be held.
 */
export class Adopter {
  readonly #context: AdoptContext;
  readonly #chain: string;
  readonly #projection: Projection;
  readonly #upgrade: RowUpgrade;
  readonly #rows: RowCache;
  #base: VersionedHead | undefined;

  constructor(
    context: AdoptContext,
    chain: string,
    projection: Projection,
    upgrade: RowUpgrade,
  ) {
    this.#context = context;
    this.#chain = chain;
    this.#projection = projection;
    this.#upgrade = upgrade;
    this.#rows = new RowCache(context.store, chain);
  }

  /**
   * Takes whole commits. Returns the head then. Throws `epoch_mismatch` where the chain has another
   * life, `chain_differs` where they do not follow what it has, and `import_invalid` for what is no
   * commit: what came before is in then.
   */
  async adopt({ epoch, records }: Adoption): Promise<Head | undefined> {
    for (let tries = 0; tries < COMMIT_TRIES; tries++) {
      const isNew = this.#base === undefined;
      this.#base ??= await this.#refresh();
      const { head } = this.#base;
      if (head !== undefined && head.epoch !== epoch) throw this.#otherLife();
      try {
        if (await this.#take(epoch, records)) return this.#base?.head;
      } catch (error) {
        this.#base = undefined;
        // What is known here of a chain that others move as well may be old.
        if (isNew || !(error instanceof LedgerError) || error.code !== "chain_differs") throw error;
      }
      // Another has moved the chain: perhaps to the same.
      this.#base = undefined;
    }
    throw new LedgerError("store_busy", `Other writers keep moving ${this.#chain}: try again`);
  }

  async #refresh(): Promise<VersionedHead> {
    const base = await this.#upgrade.base();
    this.#rows.reset(base.head === undefined ? [this.#upgrade.first] : layersOf(base.head));
    return base;
  }

  /** Whether all are in. */
  async #take(epoch: string, records: Uint8Array): Promise<boolean> {
    const pace = new Pace(TURN_BYTES);
    let group = this.#group(epoch);
    for (const commit of this.#commits(records)) {
      const [first] = commit;
      if (first === undefined || group.passes(commit)) continue;
      const rows = await group.rowsOf(commit);
      const bytes = commit.reduce((sum, { record }) => sum + record.length, 0);
      if (group.isFullWith(rows, bytes)) {
        if (!await this.#send(group)) return false;
        group = this.#group(epoch);
        await group.add(commit, await group.rowsOf(commit));
      } else await group.add(commit, rows);
      const turn = pace.spend(bytes + commit.length * TURN_EVENT_BYTES);
      if (turn !== undefined) await turn;
    }
    return group.isEmpty || await this.#send(group);
  }

  #group(epoch: string): AdoptedGroup {
    return new AdoptedGroup(this.#chain, this.#projection, this.#rows, {
      base: this.#base?.head,
      epoch,
      generation: this.#upgrade.first,
      versions: this.#upgrade.versions,
    });
  }

  async #send(group: AdoptedGroup): Promise<boolean> {
    const { clock, observer, onCommit } = this.#context;
    const base = this.#base;
    if (base === undefined) return false;
    const started = clock.now();
    const prepared = group.prepared();
    const moved = await sendCommit(this.#context, this.#chain, prepared, base);
    if (moved === undefined) {
      observer.conflict?.(this.#chain);
      return false;
    }
    const { head, records } = prepared;
    const isLast = moved.head?.hash === head.hash && moved.head.generation === head.generation;
    this.#base = isLast ? moved : undefined;
    if (isLast) this.#rows.absorb(group.rows.changes);
    const events = head.next - (base.head?.next ?? 0);
    const grown = head.bytes - (base.head?.bytes ?? 0);
    observer.committed?.(this.#chain, events, grown, clock.now() - started);
    onCommit(head, records);
    return isLast;
  }

  /** The batches of each commit. Throws `import_invalid`. */
  *#commits(bytes: Uint8Array): Generator<readonly EventBatch[]> {
    let commit: EventBatch[] = [];
    for (let at = 0; at < bytes.length;) {
      let batch: EventBatch;
      try {
        const end = at + recordLength(bytes, at);
        // A copy: what is kept of a record must not keep all that came with it.
        batch = decodeRecord(bytes.slice(at, end));
        at = end;
      } catch (error) {
        throw invalid(`${this.#chain}: ${messageOf(error)}`);
      }
      if (batch.count === 0 || batch.isFirst !== (commit.length === 0)) {
        throw invalid(`${this.#chain}: a commit is not whole at offset ${batch.first}`);
      }
      commit.push(batch);
      if (!batch.isLast) continue;
      yield commit;
      commit = [];
    }
    if (commit.length > 0) throw invalid(`${this.#chain}: a commit is not whole`);
  }

  #otherLife(): LedgerError {
    return new LedgerError("epoch_mismatch", `${this.#chain} has another life here`);
  }
}

interface GroupBase extends Pick<Head, "epoch" | "generation" | "versions"> {
  readonly base: Head | undefined;
}

/** Commits that go in together. */
class AdoptedGroup {
  readonly rows: Overlay;
  readonly #chain: string;
  readonly #projection: Projection;
  readonly #from: GroupBase;
  readonly #records: Committed[] = [];
  #head: Head | undefined;
  #commits = 0;
  #bytes = 0;

  constructor(chain: string, projection: Projection, below: RowCache, from: GroupBase) {
    this.#chain = chain;
    this.#projection = projection;
    this.#from = from;
    this.#head = from.base;
    this.rows = new Overlay(below);
  }

  get isEmpty(): boolean {
    return this.#commits === 0;
  }

  /** Whether a commit is here already. Throws `chain_differs` for one that does not come next. */
  passes(commit: readonly EventBatch[]): boolean {
    const head = this.#head;
    const next = head?.next ?? 0;
    const [first] = commit;
    const last = commit.at(-1);
    if (first === undefined || last === undefined || last.next <= next) return true;
    if (first.first !== next) {
      throw differs(this.#chain, next, `what comes begins at ${first.first}`);
    }
    const start = commitStart(first.record);
    if (start?.previousHash !== (head?.hash ?? NO_HASH)) {
      throw differs(this.#chain, next, "the hash of what comes is not that of what is here");
    }
    const { time } = first;
    let id = head?.id ?? "";
    let at = next;
    for (const batch of commit) {
      const isInOrder = batch.first === at && batch.time === time && isUlid(batch.id(0)) &&
        batch.id(0) > id && time >= (head?.time ?? -Infinity);
      if (!isInOrder) throw invalid(`${this.#chain}: offset ${batch.first} is out of its place`);
      id = batch.id(batch.count - 1);
      at = batch.next;
    }
    return false;
  }

  /** The rows that a commit changes. */
  async rowsOf(commit: readonly EventBatch[]): Promise<Overlay> {
    const rows = new Overlay(this.rows);
    for (const batch of commit) {
      const read = lifted(this.#chain, batch, this.#projection.events);
      for (const event of read.events()) {
        await applyStored(this.#chain, this.#projection, event, rows);
      }
    }
    return rows;
  }

  /** Whether a commit is to go with those that come later. */
  isFullWith(rows: Overlay, bytes: number): boolean {
    if (this.isEmpty) return false;
    const size = this.#bytes + this.rows.size + rows.size + bytes;
    return size > GROUP_BYTES || this.#commits >= COMMITS ||
      this.rows.count + rows.count > ROWS;
  }

  async add(commit: readonly EventBatch[], rows: Overlay): Promise<void> {
    const last = commit.at(-1);
    if (last === undefined) return;
    const { epoch, generation, versions } = this.#from;
    const head = this.#head;
    this.#head = {
      ...lasting(head),
      epoch,
      next: last.next,
      id: last.id(last.count - 1),
      time: last.time,
      hash: await commitHash(commit.map(({ record }) => record)),
      commits: (head?.commits ?? 0) + 1,
      bytes: commit.reduce((sum, batch) => sum + batch.sizeOf(0, batch.count), head?.bytes ?? 0),
      generation: head?.generation ?? generation,
      versions,
    };
    this.rows.absorb(rows);
    this.#commits++;
    for (const batch of commit) {
      this.#bytes += batch.record.length;
      const read = lifted(this.#chain, batch, this.#projection.events);
      this.#records.push({ first: batch.first, bytes: batch.record, batch: () => read });
    }
  }

  prepared(): PreparedCommit {
    const head = this.#head;
    if (head === undefined) throw new RangeError("there is nothing to write");
    const chain = this.#chain;
    const { sets: rows, deletes } = rowWrites(chain, head, this.rows.changes);
    const sets = [...segmentsOf(chain, this.#records.map(({ bytes }) => bytes)), ...rows];
    const whole = [...sets, headEntry(chain, head)];
    const size = sizeOf(whole, deletes);
    const made = { deletes, others: undefined, records: this.#records, size };
    if (!takesSeveral(size, true)) return { ...made, sets: whole, head, isSpread: false };
    const spread: Head = { ...head, spread: head.next };
    return { ...made, sets: [...sets, headEntry(chain, spread)], head: spread, isSpread: true };
  }
}

function differs(chain: string, offset: number, reason: string): LedgerError {
  const text =
    `${chain} is another chain than the one that it is a copy of, from offset ${offset}: ` +
    reason;
  return new LedgerError("chain_differs", text, { chain, offset });
}

function invalid(message: string): LedgerError {
  return new LedgerError("import_invalid", message);
}
