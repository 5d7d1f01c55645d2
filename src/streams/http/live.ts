import type { Follower } from "../../log/follower.ts";
import { layoutOf } from "../chain/layout.ts";
import { readPage, type StreamPage } from "../chain/reading.ts";
import type { StreamService } from "../chain/service.ts";
import type { StreamState } from "../chain/state.ts";

/** A stream as a live reader finds it: its state, and the page from where the reader is. */
export interface Glimpse {
  readonly state: StreamState;
  readonly page: StreamPage;
  /** Whether there is nothing after the page yet. */
  readonly isAtEnd: boolean;
}

/** Pages kept of one stream at the most, for those who read at the same place. */
const PAGES = 16;

/**
 * One stream with everybody in this process who waits for its news. It is one follower of the
 * chain's tail; after each commit the first to ask reads, and all others at the same place have
 * the same page.
 */
class LiveStream {
  readonly #service: StreamService;
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  #state: Promise<StreamState | undefined> | undefined;
  #pages = new Map<number, Promise<Glimpse | undefined>>();
  #follower: Follower | undefined;
  #opening: Promise<void> | undefined;
  #version = 0;
  readers = 0;

  constructor(service: StreamService, name: string) {
    this.#service = service;
    this.#name = name;
  }

  /** Counts the commits heard of: what was read before a change may be old after it. */
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

  /** What lies from `position` on in the life of that name; undefined once that life is over. */
  look(life: string, position: number): Promise<Glimpse | undefined> {
    const known = this.#pages.get(position);
    if (known !== undefined) return known;
    const glimpse = this.#look(life, position);
    const pages = this.#pages;
    pages.set(position, glimpse);
    const forget = () => pages.delete(position);
    // Pages at the end are for all who wait there; those of history for whoever asked at once.
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

  async #look(life: string, position: number): Promise<Glimpse | undefined> {
    this.#state ??= this.#service.stored(this.#name);
    const state = await this.#state;
    if (state === undefined || state.life !== life || state.isDeleted) return undefined;
    const layout = layoutOf(this.#name, state);
    const page = await readPage(this.#service.open, layout, position);
    return { state, page, isAtEnd: page.next >= layout.tail };
  }

  /** Resolves when there is a commit after `version`, or `signal` is aborted. */
  async changed(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  close(): void {
    this.#follower?.close();
  }

  #wake(): void {
    this.#version++;
    this.#state = undefined;
    this.#pages = new Map();
    for (const done of [...this.#waiting]) done();
  }
}

/** A reader's hold on a live stream. */
export interface LiveHold {
  readonly stream: LiveStream;
  leave(): void;
}

/** The streams that somebody waits for. */
export class LiveStreams {
  readonly #service: StreamService;
  readonly #streams = new Map<string, LiveStream>();
  readonly #stopping = new AbortController();

  constructor(service: StreamService) {
    this.#service = service;
  }

  /** Aborted when the server stops: whoever waits gives up then. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Begins to listen for news of a stream. `leave` has to be called in the end. */
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

  stop(): void {
    this.#stopping.abort();
  }
}
