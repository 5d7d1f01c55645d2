import type { BaseRow } from "../../log/base_rows.ts";
import {
  isChainLine,
  isRowLine,
  type LineEvent,
  parseEventLine,
  parseRowLine,
} from "../../log/event_line.ts";

/** Rows that are read together. */
const ROWS = 100;

/** Lines with one line of lookahead. */
export class LineSource {
  readonly #lines: AsyncIterator<string>;
  #ahead: string | undefined;

  constructor(lines: AsyncIterable<string>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async peek(): Promise<string | undefined> {
    while (this.#ahead === undefined) {
      const { done, value } = await this.#lines.next();
      if (done === true) return undefined;
      if (value.trim() !== "") this.#ahead = value;
    }
    return this.#ahead;
  }

  async next(): Promise<string | undefined> {
    const line = await this.peek();
    this.#ahead = undefined;
    return line;
  }
}

/** The rows that come next, a few at a time. */
export async function* rowsOfLines(source: LineSource): AsyncGenerator<readonly BaseRow[]> {
  let rows: BaseRow[] = [];
  for (let line = await source.peek(); line && isRowLine(line); line = await source.peek()) {
    await source.next();
    if (rows.push(parseRowLine(line)) < ROWS) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}

/** The events that come next. */
export async function* eventsOfLines(source: LineSource): AsyncGenerator<LineEvent> {
  for (;;) {
    const line = await source.peek();
    if (line === undefined || isChainLine(line)) return;
    await source.next();
    yield parseEventLine(line);
  }
}
