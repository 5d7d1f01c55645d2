import { Waiters } from "../../kernel/waiters.ts";
import type { Follower } from "../../log/follower.ts";
import { layoutOf } from "../chain/layout.ts";
import type { StreamPage } from "../chain/page.ts";
import { readPage } from "../chain/reading.ts";
import type { Telling } from "../typed/telling.ts";
import type { StreamService } from "../chain/service.ts";
import type { StreamState } from "../chain/state.ts";

/** A stream as a live reader finds it: its state, and the page from the reader's position on. */
export interface Glimpse {
  readonly state: StreamState;
  readonly page: StreamPage;
  /** Whether there is nothing after the page yet. */
  readonly isAtEnd: boolean;
}

/** Pages of one stream that are cached at the most, by position and how they are told. */
const PAGES = 16;

/**
 * One stream with all its live readers in this process, against a thundering herd: they share one
 * follower of the chain's tail, and after each commit all who read from one position share one read.
 */
class LiveStream {
  readonly #service: StreamService;
  readonly #name: string;
  readonly #waiting = new Waiters();
  #state: Promise<StreamState | undefined> | undefined;
  #pages = new Map<string, Promise<Glimpse | undefined>>();
  #follower: Follower | undefined;
  #opening: Promise<void> | undefined;
  #version = 0;
  readers = 0;

  constructor(service: StreamService, name: string) {
    this.#service = service;
    this.#name = name;
  }

  /** Counts commits: what was read under another version may be stale. */
  get version(): number {
    return this.#version;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const chain = this.#service.chain(this.#name);
    const next = (await chain.head())?.next ?? 0;
    const follower = await chain.attach(next, () => this.#wake());
    if (this.readers === 0) follower.close();
    else this.#follower = follower;
  }

  /** The page from `position` on, as it is told; undefined once that life of the stream is over. */
  look(life: string, position: number, telling?: Telling): Promise<Glimpse | undefined> {
    const key = `${life} ${position} ${telling?.id}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const glimpse = this.#look(life, position, telling);
    const pages = this.#pages;
    pages.set(key, glimpse);
    const forget = () => pages.delete(key);
    // The page at the end is kept for all who wait there; of others only reads in progress are shared.
    glimpse.then((found) => found?.isAtEnd === true || forget(), () => {
      forget();
      this.#state = undefined;
    });
    for (const oldest of pages.keys()) {
      if (pages.size <= PAGES) break;
      pages.delete(oldest);
    }
    return glimpse;
  }

  async #look(life: string, position: number, telling?: Telling): Promise<Glimpse | undefined> {
    this.#state ??= this.#service.stored(this.#name);
    const state = await this.#state;
    if (state === undefined || state.life !== life || state.isDeleted) return undefined;
    const layout = layoutOf(this.#name, state);
    const read = await readPage(this.#service.open, layout, position);
    const page = telling === undefined ? read : await telling.page(read);
    return { state, page, isAtEnd: page.next >= layout.tail };
  }

  /** Resolves when there is a commit after `version`, or `signal` is aborted. */
  async changed(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version === version && !signal.aborted) await this.#waiting.wait(signal);
  }

  /** The offset after the last event of its chain that is known of here. */
  get end(): number {
    return this.#follower?.end ?? 0;
  }

  /** When the event at an offset of its chain was committed, if it is in memory: milliseconds. */
  timeAt(offset: number): number | undefined {
    return this.#follower?.held(offset)?.time;
  }

  close(): void {
    this.#follower?.close();
  }

  #wake(): void {
    this.#version++;
    this.#state = undefined;
    this.#pages = new Map();
    this.#waiting.wake();
  }
}

/** A reader's reference to a live stream. */
export interface LiveHold {
  readonly stream: LiveStream;
  leave(): void;
}

/** The streams with live readers. */
export class LiveStreams {
  readonly #service: StreamService;
  readonly #streams = new Map<string, LiveStream>();
  #stopping = new AbortController();

  constructor(service: StreamService) {
    this.#service = service;
  }

  /** Aborted when the server stops, or requests are to wait: reads that wait end then. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Follows a stream. The caller has to call `leave` in the end. */
  async hold(name: string): Promise<LiveHold> {
    const stream = this.#streams.get(name) ?? new LiveStream(this.#service, name);
    this.#streams.set(name, stream);
    stream.readers++;
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      if (--stream.readers > 0) return;
      stream.close();
      if (this.#streams.get(name) === stream) this.#streams.delete(name);
    };
    try {
      await stream.open();
    } catch (error) {
      leave();
      throw error;
    }
    return { stream, leave };
  }

  /** Ends reads that wait; those that come later wait as ever. */
  end(): void {
    this.#stopping.abort();
    this.#stopping = new AbortController();
  }
}
