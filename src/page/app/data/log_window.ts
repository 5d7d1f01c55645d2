import { errorOf } from "../base/error.ts";
import { type LogEvent, readEvents } from "./chains.ts";

/** Events in a page, which is read as a whole. */
const PAGE = 100;

/** Pages that are kept. */
const KEPT = 40;

/**
 * The events of a chain by their offsets: what is asked for and not there is read, a page at a time,
 * and `changed` is called when it has come. What is in the log never changes, so that no page that is
 * full is read again while it is kept.
 */
export class LogWindow {
  readonly #chain: string;
  readonly #changed: () => void;
  readonly #ended = new AbortController();
  readonly #pages = new Map<number, readonly LogEvent[]>();
  readonly #reading = new Set<number>();
  #failure: Error | undefined;

  constructor(chain: string, changed: () => void) {
    this.#chain = chain;
    this.#changed = changed;
  }

  /** Why the last page could not be read. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The event at an offset, if it is there already. */
  at(offset: number): LogEvent | undefined {
    return this.#pages.get(Math.floor(offset / PAGE))?.[offset % PAGE];
  }

  /** Has the events of `from` to before `to` read, where they are not there. */
  want(from: number, to: number): void {
    const last = Math.floor(Math.max(from, to - 1) / PAGE);
    for (let page = Math.floor(Math.max(0, from) / PAGE); page <= last; page++) {
      const kept = this.#pages.get(page);
      const needed = Math.min(PAGE, to - page * PAGE);
      if ((kept?.length ?? 0) < needed) void this.#read(page, kept ?? []);
      else if (kept !== undefined) this.#keep(page, kept);
    }
  }

  /** Takes events that were read elsewhere, in order and without a gap. */
  take(events: readonly LogEvent[]): void {
    for (const event of events) {
      const page = Math.floor(event.offset / PAGE);
      const kept = this.#pages.get(page) ?? [];
      if (kept.length === event.offset % PAGE) this.#keep(page, [...kept, event]);
    }
  }

  end(): void {
    this.#ended.abort();
  }

  async #read(page: number, kept: readonly LogEvent[]): Promise<void> {
    if (this.#reading.has(page) || this.#ended.signal.aborted) return;
    this.#reading.add(page);
    try {
      const from = page * PAGE + kept.length;
      const asked = { from: String(from), limit: PAGE - kept.length };
      const events = await readEvents(this.#chain, asked, this.#ended.signal);
      this.#keep(page, [...kept, ...events]);
      this.#failure = undefined;
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#failure = errorOf(error);
    } finally {
      this.#reading.delete(page);
    }
    this.#changed();
  }

  #keep(page: number, events: readonly LogEvent[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, events);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= KEPT) return;
      this.#pages.delete(oldest);
    }
  }
}
