import { isUlid } from "../kernel/ids.ts";
import type { Store } from "../kv/store.ts";
import { firstOf } from "./base.ts";
import { checkRows } from "./check_rows.ts";
import { commitHash } from "./commit.ts";
import { type Damage, Damages } from "./damage.ts";
import { isGone } from "./drop.ts";
import type { EventBatch } from "./event_batch.ts";
import { fetchHead, type Head, NO_HASH } from "./head.ts";
import { segmentOfKey, segmentRange } from "./keys.ts";
import { storedLayers } from "./layers.ts";
import { commitStart } from "./record.ts";
import { readAround } from "./salvage.ts";
import { BEHIND, NO_HEAD } from "./segments.ts";
import { LAYOUT } from "./versions.ts";

/** What a whole walk over a chain found. */
export type ChainReport =
  | { readonly ok: true; readonly events: number; readonly commits: number; readonly rows: number }
  | {
    readonly ok: false;
    /** In order, events before rows; at most {@linkcode TOLD} of them. */
    readonly damages: readonly Damage[];
    /** How many more there are. */
    readonly untold: number;
  };

/** Rows read at once. */
const ROWS = 500;

/** Of a chain that was taken away meanwhile. */
const NOTHING_LEFT: ChainReport = { ok: true, events: 0, commits: 0, rows: 0 };

/**
 * Walks a chain from its first event to its head as it is now, and checks that every event is
 * there, that every checksum and every link of the hash chain holds, that ids and times are in
 * order, that the head agrees, and that every row is what was written. It goes on after what is
 * damaged. Throws what the store says where it does not answer, and `store_refused` for a chain of
 * a later version.
 */
export async function verifyChain(
  store: Store,
  chain: string,
  progress: (offset: number, next: number) => void = () => {},
): Promise<ChainReport> {
  for (;;) {
    const report = await verifyNow(store, chain, progress);
    if (report !== undefined) return report;
  }
}

/** Undefined where the chain's beginning was cut off meanwhile. */
async function verifyNow(
  store: Store,
  chain: string,
  progress: (offset: number, next: number) => void,
): Promise<ChainReport | undefined> {
  const found = new Damages();
  const head = await found.during(() => headOf(store, chain));
  if (head === undefined) return await verifyHeadless(store, chain, found);
  const walk = new Walk(found, head);
  for await (const { batch, gap } of readAround(store, chain, firstOf(head), head.next)) {
    if (gap === undefined) await walk.step(batch);
    else walk.pass(gap.to, { offset: gap.from, reason: gap.reason });
    progress(Math.min(walk.next, head.next), head.next);
  }
  walk.finish(head);
  if (await hasMoreThan(store, chain, head)) found.add({ offset: head.next, reason: BEHIND });
  const rows = await verifyRows(store, chain, found);
  if (found.isAny && await isGone(store, chain, head)) {
    const now = await new Damages().during(() => headOf(store, chain));
    return now?.epoch === head.epoch ? undefined : NOTHING_LEFT;
  }
  return verifiedOf(found, { events: walk.next - firstOf(head), commits: walk.commits, rows });
}

function verifiedOf(
  { isAny, damages, untold }: Damages,
  good: { events: number; commits: number; rows: number },
): ChainReport {
  return isAny ? { ok: false, damages, untold } : { ok: true, ...good };
}

/** Whether there are events behind a head, and no later head that knows of them. */
export async function hasMoreThan(store: Store, chain: string, head: Head): Promise<boolean> {
  const read = () => store.list(segmentRange(chain, head.next), 1);
  // Where they cannot be read, the walk has told of it.
  const stray = await new Damages().during(read);
  if (stray === undefined || stray.length === 0) return false;
  const now = await new Damages().during(() => headOf(store, chain));
  return now?.hash === head.hash;
}

async function headOf(store: Store, chain: string): Promise<Head | undefined> {
  return (await fetchHead(store, chain)).head;
}

/** The state of a walk: what the next batch has to agree with. */
class Walk {
  next: number;
  commits = 0;
  readonly #found: Damages;
  #commit: Uint8Array[] = [];
  #commitFirst = 0;
  /** Undefined behind what could not be read: no hash can be expected there. */
  #hash: string | undefined;
  #hashedFirst = 0;
  /** Behind a gap the rest of a commit may come, whose beginning is lost. */
  #isCut = false;
  #id: string;
  #time: number;
  /** Commits that were cut off. */
  readonly #gone: number;

  /** Begins where the chain does. */
  constructor(found: Damages, { base }: Head) {
    this.#found = found;
    this.next = base?.first ?? 0;
    this.#hash = base?.hash ?? NO_HASH;
    this.#id = base?.id ?? "";
    this.#time = base?.time ?? -Infinity;
    this.#gone = base?.commits ?? 0;
  }

  /** Takes one batch, and notes what is wrong with it, or with the one before. */
  async step(batch: EventBatch): Promise<void> {
    if (batch.first !== this.next) {
      this.pass(batch.first, { offset: this.next, reason: "an event is missing" });
    }
    this.next = batch.next;
    if (this.#isCut && !batch.isFirst) {
      this.#isCut = !batch.isLast;
      return;
    }
    this.#isCut = false;
    const at = (reason: string) => this.pass(batch.next, { offset: batch.first, reason });
    if (batch.isFirst !== (this.#commit.length === 0)) return at("a commit is not whole");
    const start = commitStart(batch.record);
    if (start !== undefined && this.#hash !== undefined && start.previousHash !== this.#hash) {
      // The link is held by this commit and broken by the one before, if there is one.
      this.#found.add({
        offset: this.#hashedFirst,
        reason: "the hash of a commit does not match",
      });
    }
    const id = batch.id(0);
    if (!isUlid(id) || id <= this.#id) return at("ids are not in order");
    if (batch.time < this.#time) return at("times are not in order");
    if (batch.isFirst) this.#commitFirst = batch.first;
    this.#id = batch.id(batch.count - 1);
    this.#time = batch.time;
    this.#commit.push(batch.record);
    if (!batch.isLast) return;
    this.#hash = await commitHash(this.#commit);
    this.#hashedFirst = this.#commitFirst;
    this.commits++;
    this.#commit = [];
  }

  /** Goes on behind what is damaged. */
  pass(next: number, damage: Damage): void {
    this.#found.add(damage);
    this.next = next;
    this.#commit = [];
    this.#hash = undefined;
    this.#isCut = true;
  }

  /** Holds the head to what was found; where that is damaged, the head has nothing to agree with. */
  finish(head: Head): void {
    const at = (reason: string) => this.#found.add({ offset: this.#hashedFirst, reason });
    if (this.#commit.length > 0) {
      this.#found.add({ offset: this.#commitFirst, reason: "a commit is not whole" });
    } else if (this.next !== head.next) {
      this.#found.add({ offset: head.next, reason: "the head is behind" });
    } else if (this.#hash !== undefined && this.#hash !== head.hash) {
      at("the hash of the last commit does not match the head");
    } else if (!this.#isCut && this.#id !== head.id) {
      at("the last id does not match the head");
    } else if (!this.#isCut && this.#time !== head.time) {
      at("the last time does not match the head");
    } else if (!this.#found.isAny && this.#gone + this.commits !== head.commits) {
      at("the number of commits does not match the head");
    }
  }
}

/**
 * Reads every row in force, of which each says whether it is what was written; those of 0.1.0 cannot.
 * Returns how many there are.
 */
async function verifyRows(store: Store, chain: string, found: Damages): Promise<number> {
  for (;;) {
    const head = await found.during(() => headOf(store, chain));
    if (head === undefined || head.versions.layout < LAYOUT) return 0;
    const ofThese = new Damages();
    let count = 0;
    for await (const page of checkRows(store, chain, storedLayers(head), ROWS)) {
      count += page.count;
      page.damages.forEach((damage) => ofThese.add(damage));
    }
    // A rebuild meanwhile takes them away: then it is about those that it has made.
    const now = await found.during(() => headOf(store, chain));
    if (now !== undefined && now.generation !== head.generation) continue;
    found.take(ofThese);
    return count;
  }
}

/** A chain whose head is not there, or not readable: what it has may not be without one. */
async function verifyHeadless(store: Store, chain: string, found: Damages): Promise<ChainReport> {
  const isHeadDamaged = found.isAny;
  const unread = new Damages();
  const first = await unread.during(() => store.list(segmentRange(chain, 0), 1));
  const [stray] = first ?? [];
  if (stray !== undefined && !isHeadDamaged) {
    found.add({ offset: segmentOfKey(stray.key).first, reason: NO_HEAD });
  }
  // Where the first cannot be read either, there may be others behind it.
  if (stray !== undefined || unread.isAny) {
    for await (const { gap } of readAround(store, chain, 0, Infinity)) {
      if (gap !== undefined) found.add({ offset: gap.from, reason: gap.reason });
    }
  }
  return verifiedOf(found, { events: 0, commits: 0, rows: 0 });
}
