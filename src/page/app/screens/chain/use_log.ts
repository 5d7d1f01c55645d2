import { errorOf } from "../../base/error.ts";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { onChange } from "../../base/store.ts";
import { type LogEvent, readEvents } from "../../data/chains.ts";
import { theFeed } from "../../data/feed.ts";
import { Looks } from "../../data/looks.ts";
import { LogWindow } from "../../data/log_window.ts";

/** Which events are shown. */
export interface LogFilter {
  readonly types: readonly string[];
  readonly keys: readonly string[];
}

/** The rows of a chain, newest first. */
export interface LogRows {
  /** How many there are, as far as is known. */
  readonly count: number;
  /** How many events the chain has. */
  readonly next: number | undefined;
  /** The event of a row, if it is there already. */
  readonly at: (row: number) => LogEvent | undefined;
  /** The row of an offset. */
  readonly rowOf: (offset: number) => number;
  /** Has rows read. */
  readonly want: (from: number, to: number) => void;
  readonly failure: Error | undefined;
  /** Events that came since the rows are held. */
  readonly missed: number;
}

/** Events that are read when there is news, and of a filter at a time. */
const LATEST = 80;
const MATCHES = 200;

/** How often the end of a chain is looked at. */
const PACE = { everyMs: 2_000, leastMs: 150 };

/** The rows of a chain that are shown: those there were when they began to be held, or all. */
export function useLog(chain: string, filter: LogFilter, isHeld: boolean): LogRows {
  const [, draw] = useReducer((turn: number) => turn + 1, 0);
  const [failure, setFailure] = useState<Error | undefined>();
  const name = JSON.stringify([chain, filter]);
  const state = useMemo(() => new LogState(chain, filter, () => draw(0)), [name]);
  useEffect(() => () => state.end(), [state]);
  const looks = useRef<Looks | undefined>(undefined);
  useEffect(() => {
    const made = new Looks(async () => {
      try {
        await state.look();
        setFailure(undefined);
      } catch (error) {
        if (looks.current === made) setFailure(errorOf(error));
      }
    }, PACE);
    looks.current = made;
    return () => {
      looks.current = undefined;
      made.end();
    };
  }, [state]);
  useEffect(
    () => onChange(theFeed.news, () => theFeed.heard(chain), () => looks.current?.news()),
    [chain],
  );
  // What is held are the events before the end as it was then.
  const held = useRef<number | undefined>(undefined);
  if (isHeld) held.current ??= state.next;
  else held.current = undefined;
  return { ...state.rows(held.current), next: state.next, failure: failure ?? state.failure };
}

/** What is known of a chain under one filter. */
class LogState {
  readonly #chain: string;
  readonly #filter: LogFilter;
  readonly #window: LogWindow;
  readonly #changed: () => void;
  readonly #isFiltered: boolean;
  readonly #ended = new AbortController();
  /** What passed the filter, oldest first. */
  matches: readonly LogEvent[] = [];
  next: number | undefined;
  #hasOldest = false;
  #isReading = false;

  constructor(chain: string, filter: LogFilter, changed: () => void) {
    this.#chain = chain;
    this.#filter = filter;
    this.#changed = changed;
    this.#window = new LogWindow(chain, changed);
    this.#isFiltered = filter.types.length + filter.keys.length > 0;
  }

  get failure(): Error | undefined {
    return this.#window.failure;
  }

  end(): void {
    this.#ended.abort();
    this.#window.end();
  }

  /** Looks for what has come. */
  async look(): Promise<void> {
    const { signal } = this.#ended;
    const latest = { from: "latest", backward: true, limit: this.#isFiltered ? 1 : LATEST };
    const events = await readEvents(this.#chain, latest, signal).catch((error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    });
    if (signal.aborted) return;
    const next = (events[0]?.offset ?? -1) + 1;
    if (next === this.next) return;
    if (this.#isFiltered) await this.#matchesFrom(this.next, next, signal);
    else this.#window.take([...events].reverse());
    this.next = next;
    this.#changed();
  }

  /** The rows before an offset, or all. */
  rows(end = Infinity): Omit<LogRows, "next" | "failure"> {
    if (this.#isFiltered) {
      const past = this.matches.findIndex(({ offset }) => offset >= end);
      const count = past < 0 ? this.matches.length : past;
      return {
        count,
        missed: this.matches.length - count,
        at: (row) => this.matches[count - 1 - row],
        rowOf: (offset) => {
          const at = this.matches.findIndex((event) => event.offset >= offset);
          return at < 0 ? 0 : Math.max(0, count - 1 - at);
        },
        want: (_, to) => void (to >= count && this.#older()),
      };
    }
    const next = this.next ?? 0;
    const count = Math.min(end, next);
    return {
      count,
      missed: next - count,
      at: (row) => this.#window.at(count - 1 - row),
      rowOf: (offset) => Math.max(0, count - 1 - offset),
      want: (from, to) => this.#window.want(count - to, count - from),
    };
  }

  async #matchesFrom(from: number | undefined, to: number, signal: AbortSignal): Promise<void> {
    const { types, keys } = this.#filter;
    if (from === undefined) {
      const asked = { from: "latest", backward: true, limit: MATCHES, types, keys };
      const found = await readEvents(this.#chain, asked, signal);
      this.#hasOldest = found.length < MATCHES;
      this.matches = found.reverse();
      return;
    }
    const asked = { from: String(from), limit: to - from, types, keys };
    const found = await readEvents(this.#chain, asked, signal);
    const last = this.matches.at(-1)?.offset ?? -1;
    this.matches = [...this.matches, ...found.filter(({ offset }) => offset > last)];
  }

  async #older(): Promise<void> {
    const [oldest] = this.matches;
    if (this.#hasOldest || this.#isReading || oldest === undefined) return;
    this.#isReading = true;
    try {
      const { types, keys } = this.#filter;
      const from = String(oldest.offset);
      const asked = { from, backward: true, limit: MATCHES, types, keys };
      const found = await readEvents(this.#chain, asked, this.#ended.signal);
      this.#hasOldest = found.length < MATCHES;
      this.matches = [...found.reverse(), ...this.matches];
      this.#changed();
    } catch {
      // It is asked for again when it is scrolled to.
    } finally {
      this.#isReading = false;
    }
  }
}
