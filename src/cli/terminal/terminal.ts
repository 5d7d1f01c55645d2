import stringWidth from "string-width";
import { printable } from "../../kernel/printable.ts";

/** Text as bytes, written whole. Throws `Deno.errors.BrokenPipe` when nobody reads any more. */
async function writeAll(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
}

/**
 * A line of what was asked for: the only thing on stdout. Names, data and errors may have been
 * written by strangers, so that whatever does not show is quoted, but for the line feed at the end.
 */
export function print(line: string): Promise<void> {
  return writeAll(Deno.stdout, quoted(line));
}

/** A line of what is said beside it, quoted likewise: notes, progress and errors. */
export function say(line: string): Promise<void> {
  return writeAll(Deno.stderr, quoted(line));
}

/** As {@linkcode print}, for text that may have several lines and colours: nothing is quoted. */
export function printAsIs(text: string): Promise<void> {
  return writeAll(Deno.stdout, text);
}

/** As {@linkcode say}, for text that may have several lines: nothing is quoted. */
export function sayAsIs(text: string): Promise<void> {
  return writeAll(Deno.stderr, text);
}

function quoted(line: string): string {
  return line.endsWith("\n") ? `${printable(line.slice(0, -1))}\n` : printable(line);
}

/** Whether stdout is a terminal that wants colours. */
export function isColourful(): boolean {
  return Deno.stdout.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "";
}

const DIM = "\x1b[2m";
const CYAN = "\x1b[36m";
const PLAIN = "\x1b[0m";

/** Paints text, or leaves it as it is. */
export const paint = {
  dim: (text: string, isOn: boolean): string => isOn ? `${DIM}${text}${PLAIN}` : text,
  cyan: (text: string, isOn: boolean): string => isOn ? `${CYAN}${text}${PLAIN}` : text,
};

/**
 * Rows under a heading, in columns; those named in `right` are set to the right. What does not show
 * is quoted, and what is wide takes the room that it takes on a terminal.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const all = [heading, ...rows].map((row) => row.map(printable));
  const widths = heading.map((_, at) =>
    all.reduce((widest, row) => Math.max(widest, stringWidth(row[at] ?? "")), 0)
  );
  const isRight = heading.map((name) => right.includes(name));
  return all.map((row) =>
    row.map((cell, at) => {
      const room = " ".repeat((widths[at] ?? 0) - stringWidth(cell));
      return isRight[at] ? room + cell : cell + room;
    }).join("  ").trimEnd() + "\n"
  ).join("");
}

/** Milliseconds between two states of a bar. */
const REDRAW_MS = 100;
const BAR = 24;

/** A bar that says how far work has come, on a terminal only. */
export class ProgressBar {
  readonly #isShown = Deno.stderr.isTerminal();
  #drawnAt = 0;
  #width = 0;

  /** Shows how much is done; `total` is undefined where nobody knows. */
  readonly update = (what: string, done: number, total?: number): void => {
    const now = performance.now();
    if (!this.#isShown || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const part = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
    const filled = Math.round((part ?? 0) * BAR);
    const bar = part === undefined
      ? ""
      : ` [${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${Math.floor(part * 100)}%`;
    this.#draw(`${what}${bar} ${done.toLocaleString("en")}`);
  };

  /** Takes the bar away. */
  clear(): void {
    if (this.#width > 0) this.#draw("");
    this.#width = 0;
  }

  #draw(what: string): void {
    const line = printable(what);
    const width = stringWidth(line);
    const text = `\r${line}${" ".repeat(Math.max(0, this.#width - width))}\r${line}`;
    this.#width = width;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
