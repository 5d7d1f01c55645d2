import { Buffer } from "node:buffer";
import { sleep } from "../../kernel/clock.ts";
import type { Head } from "../../log/head.ts";
import type { Log } from "../../log/log.ts";
import { type FrameHead, frameParts } from "../../remote/ledgerline/frames.ts";
import type { KnownFacts } from "../../remote/ledgerline/own_facts.ts";
import type { Following, Watchable } from "../../sockets/following.ts";

/** Bytes of commits that wait to be sent; of what comes beyond, only where it ends is told. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** About as many bytes are sent at once. */
const CHUNK_BYTES = 256 * 1024;

/** Milliseconds between two signs of life. */
const BEAT_MS = 2_000;

/**
 * Milliseconds between two looks at all heads: for chains that are no more, and, where other servers
 * write the store as well, for what those have committed.
 */
const LOOK_MS = 60_000;
const SHARED_LOOK_MS = 2_000;

/** What names the life of the store to those who copy its chains. */
const LIFE_OWNER = "records";
const LIFE_BYTES = 16;

/** The name of the store's life. Who only reads finds it where the owner of the log has asked before. */
export async function recordsLife(log: Log): Promise<string> {
  const make = () => crypto.getRandomValues(new Uint8Array(LIFE_BYTES));
  return (await log.lifeValue(LIFE_OWNER, make)).toHex();
}

interface Told {
  readonly epoch: string;
  readonly next: number;
}

/**
 * The commits of all chains that somebody wants, as they are stored: first where each chain ends, and
 * then what comes. A client that takes too little is told where chains end, and asks for the rest.
 */
export class RecordsFeed implements Watchable {
  messages = 0;
  bytes = 0;
  readonly #log: Log;
  readonly #wants: (chain: string) => boolean;
  readonly #buffered: () => number;
  /** What was told of each chain. */
  readonly #told = new Map<string, Told>();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Ends of chains of which more came than may wait. */
  readonly #ends = new Map<string, Head>();
  #wake = () => {};
  readonly #facts: () => Promise<KnownFacts>;
  /** How many of them were told, and whether there are no more. */
  #factsTold = -1;
  #isAllTold = false;

  /** @param facts what is told beside the chains; it may become more */
  constructor(
    log: Log,
    wants: (chain: string) => boolean,
    buffered: () => number,
    facts: () => Promise<KnownFacts>,
  ) {
    this.#log = log;
    this.#facts = facts;
    this.#wants = wants;
    this.#buffered = buffered;
  }

  get buffered(): number {
    return this.#buffered() + this.#waitingBytes;
  }

  *followings(): Iterable<Following> {
    // They may be thousands, and none is behind for longer than what waits.
  }

  /** Frames, several in one piece, until `signal` is aborted. */
  async *frames(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { clock, store } = this.#log;
    const lookMs = store.exclusive ? LOOK_MS : SHARED_LOOK_MS;
    const wake = () => this.#wake();
    // Nothing is told before it.
    this.#put({ kind: "life", life: await recordsLife(this.#log) }, []);
    const leave = this.#log.everyCommit((chain, head, records) =>
      this.#committed(chain, head, records.map(({ bytes }) => bytes))
    );
    signal.addEventListener("abort", wake);
    try {
      yield this.#chunk();
      await this.#tellFacts();
      for await (const chunk of this.#look()) yield chunk;
      this.#put({ kind: "named" }, []);
      let look = clock.now() + lookMs;
      while (!signal.aborted) {
        if (this.#waiting.length > 0 || this.#ends.size > 0) {
          yield this.#chunk();
          continue;
        }
        if (!this.#isAllTold) await this.#tellFacts();
        if (clock.now() >= look) {
          for await (const chunk of this.#look()) yield chunk;
          look = clock.now() + lookMs;
          continue;
        }
        if (!await this.#news(Math.min(BEAT_MS, Math.max(1, look - clock.now())))) {
          this.#put({ kind: "beat" }, []);
        }
      }
    } finally {
      leave();
      signal.removeEventListener("abort", wake);
    }
  }

  async #tellFacts(): Promise<void> {
    const { facts, isAll } = await this.#facts();
    this.#isAllTold = isAll;
    const count = Object.keys(facts).length;
    if (count === this.#factsTold) return;
    this.#factsTold = count;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#put({ kind: "facts", facts }, []);
    // Before the events that are told by them.
    this.#waiting.push(...waiting);
  }

  /** Waits for news; whether there were any in time. */
  async #news(ms: number): Promise<boolean> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(this.#log.clock, ms, woken.signal);
    this.#wake = () => {};
    return woken.signal.aborted;
  }

  /** Tells of all chains whose ends were not told, and of those that are no more. */
  async *#look(): AsyncGenerator<Uint8Array> {
    const gone = new Set(this.#told.keys());
    for await (const { name, head: listed } of this.#log.chains()) {
      gone.delete(name);
      if (!this.#wants(name)) continue;
      const told = this.#told.get(name);
      // What commits have told since is newer than a list; or it has begun anew, elsewhere perhaps.
      const isOther = told !== undefined && told.epoch !== listed.epoch;
      const head = isOther ? await this.#log.chain(name).head() : listed;
      if (head === undefined || (told?.epoch === head.epoch && told.next >= head.next)) continue;
      this.#end(name, head);
      if (this.#waitingBytes > CHUNK_BYTES) yield this.#chunk();
    }
    for (const chain of gone) {
      const told = this.#told.get(chain);
      const head = await this.#log.chain(chain).head();
      if (head !== undefined) {
        // It has begun anew, elsewhere perhaps.
        if (head.epoch !== told?.epoch) this.#end(chain, head);
        continue;
      }
      this.#told.delete(chain);
      this.#ends.delete(chain);
      this.#put({ kind: "gone", chain }, []);
    }
  }

  #committed(chain: string, head: Head, records: readonly Uint8Array[]): void {
    if (!this.#wants(chain)) return;
    const told = this.#told.get(chain);
    if (told !== undefined && told.epoch === head.epoch && told.next >= head.next) return;
    const { epoch, next, hash, time } = head;
    const [record] = records;
    const first = record === undefined ? -1 : offsetOf(record);
    // What came before has to have been told: it may be another server's, or still to be listed.
    const isNext = first === (told?.epoch === epoch ? told.next : 0);
    if (!isNext || this.#ends.has(chain) || this.#waitingBytes > WAITING_BYTES) {
      this.#ends.set(chain, head);
    } else this.#put({ kind: "commit", chain, epoch, first, next, hash, time }, records);
    this.#told.set(chain, { epoch, next });
    this.#wake();
  }

  #end(chain: string, head: Head): void {
    const { epoch, next, hash, time } = head;
    this.#told.set(chain, { epoch, next });
    this.#put({ kind: "head", chain, epoch, next, hash, time }, []);
  }

  #put(head: FrameHead, records: readonly Uint8Array[]): void {
    this.messages++;
    for (const part of frameParts(head, records)) {
      this.#waiting.push(part);
      this.#waitingBytes += part.length;
    }
  }

  /** What waits, and where chains end of which more came. */
  #chunk(): Uint8Array {
    if (this.#waitingBytes < CHUNK_BYTES) {
      const ends = [...this.#ends];
      this.#ends.clear();
      for (const [chain, head] of ends) this.#end(chain, head);
    }
    const chunk = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.bytes += chunk.length;
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  }
}

function offsetOf(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getFloat64(12, true);
}
