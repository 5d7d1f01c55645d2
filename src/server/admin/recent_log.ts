/** Lines that are kept. */
const LINES = 500;

/** Characters of a line that is kept whole. */
const LINE_CHARS = 2_048;

/** The last lines of the log, each as one object of JSON. */
export class RecentLog {
  readonly #lines: string[] = [];

  /** Takes a line of JSON that tells no secret. */
  add(line: string): void {
    this.#lines.push(line.length <= LINE_CHARS ? line : cutShort(line));
    if (this.#lines.length > LINES) this.#lines.shift();
  }

  /** The last `most` of them as a list of JSON, oldest first. */
  list(most = LINES): string {
    return `[${this.#lines.slice(-most).join(",")}]`;
  }
}

/** A line with no more than what every line has. */
function cutShort(line: string): string {
  // It was made by the log's own formatter.
  const { ts, level, msg, component } = JSON.parse(line);
  return JSON.stringify({ ts, level, msg: `${String(msg).slice(0, LINE_CHARS / 2)}…`, component });
}

/** The log of this process is one, as its output is. */
export const recentLog: RecentLog = new RecentLog();
