import { LedgerError } from "../kernel/errors.ts";
import { isUlid } from "../kernel/ids.ts";
import type { Store } from "../kv/store.ts";
import { commitHash } from "./commit.ts";
import type { EventBatch } from "./event_batch.ts";
import { type Head, NO_HASH, readHead } from "./head.ts";
import { headKey, segmentOfKey, segmentRange } from "./keys.ts";
import { commitStart } from "./record.ts";
import { readSegments } from "./segments.ts";

/** What a whole walk over a chain found. */
export type Verified =
  | { readonly ok: true; readonly events: number; readonly commits: number }
  | { readonly ok: false; readonly offset: number; readonly reason: string };

/** Segments read at once. */
const SEGMENTS = 32;

/**
 * Walks a chain from its first event to its head as it is now, and checks that every event is
 * there, that every checksum and every link of the hash chain holds, that ids and times are in
 * order, and that the head agrees. Names the first damaged offset.
 */
export async function verify(
  store: Store,
  chain: string,
  progress: (offset: number, next: number) => void = () => {},
): Promise<Verified> {
  let head: Head | undefined;
  try {
    head = readHead(await store.get(headKey(chain))).head;
  } catch (error) {
    return failure(error, 0);
  }
  if (head === undefined) return await verifyEmpty(store, chain);
  const walk = new Walk();
  while (walk.next < head.next) {
    let batches: EventBatch[];
    let damage: unknown;
    try {
      batches = await readSegments(store, chain, walk.next, SEGMENTS, (error) => damage = error);
    } catch (error) {
      return failure(error, walk.next);
    }
    if (batches.length === 0) {
      return { ok: false, offset: walk.next, reason: "an event is missing" };
    }
    for (const batch of batches) {
      if (batch.first >= head.next) break;
      const reason = await walk.step(batch);
      if (reason !== undefined) return { ok: false, ...reason };
    }
    if (damage !== undefined && walk.next < head.next) return failure(damage, walk.next);
    progress(Math.min(walk.next, head.next), head.next);
  }
  return walk.finish(head);
}

/** The state of a walk: what the next batch has to agree with. */
class Walk {
  next = 0;
  #commit: Uint8Array[] = [];
  #commitFirst = 0;
  #hash = NO_HASH;
  #hashedFirst = 0;
  #commits = 0;
  #id = "";
  #time = -Infinity;

  /** Takes one batch; returns what is wrong with it, or with the one before. */
  async step(batch: EventBatch): Promise<{ offset: number; reason: string } | undefined> {
    const at = (reason: string) => ({ offset: batch.first, reason });
    if (batch.first !== this.next) return { offset: this.next, reason: "an event is missing" };
    if (batch.isFirst !== (this.#commit.length === 0)) return at("a commit is not whole");
    const start = commitStart(batch.record);
    if (start !== undefined && start.previousHash !== this.#hash) {
      // The link is held by this commit and broken by the one before, if there is one.
      return { offset: this.#hashedFirst, reason: "the hash of a commit does not match" };
    }
    const id = batch.id(0);
    if (!isUlid(id) || id <= this.#id) return at("ids are not in order");
    if (batch.time < this.#time) return at("times are not in order");
    if (batch.isFirst) this.#commitFirst = batch.first;
    this.#id = batch.id(batch.count - 1);
    this.#time = batch.time;
    this.#commit.push(batch.record);
    this.next = batch.next;
    if (batch.isLast) {
      this.#hash = await commitHash(this.#commit);
      this.#hashedFirst = this.#commitFirst;
      this.#commits++;
      this.#commit = [];
    }
    return undefined;
  }

  finish(head: Head): Verified {
    const at = (reason: string): Verified => ({ ok: false, offset: this.#hashedFirst, reason });
    if (this.#commit.length > 0) {
      return { ok: false, offset: this.#commitFirst, reason: "a commit is not whole" };
    }
    if (this.next !== head.next) {
      return { ok: false, offset: head.next, reason: "the head is behind" };
    }
    if (this.#hash !== head.hash) return at("the hash of the last commit does not match the head");
    if (this.#id !== head.id) return at("the last id does not match the head");
    if (this.#time !== head.time) return at("the last time does not match the head");
    if (this.#commits !== head.commits) return at("the number of commits does not match the head");
    return { ok: true, events: this.next, commits: this.#commits };
  }
}

async function verifyEmpty(store: Store, chain: string): Promise<Verified> {
  const [stray] = await store.list(segmentRange(chain, 0), 1);
  return stray === undefined
    ? { ok: true, events: 0, commits: 0 }
    : { ok: false, offset: segmentOfKey(stray.key).first, reason: "there are events, and no head" };
}

function failure(error: unknown, offset: number): Verified {
  if (!(error instanceof LedgerError) || error.code !== "damaged") throw error;
  return { ok: false, offset: Number(error.details.offset ?? offset), reason: error.message };
}
