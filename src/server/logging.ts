import {
  compareLogLevel,
  configure,
  getAnsiColorFormatter,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
  reset,
} from "@logtape/logtape";
import { printable } from "../kernel/printable.ts";
import type { LoggedLine } from "./threads/messages.ts";
import { recentLog } from "./admin/recent_log.ts";

const encoder = new TextEncoder();

/** A key as the server makes them; its id may be told. */
const MADE_KEY = /(lk_[\da-z]{12}_)[\w-]+/g;

/** Characters of a secret that is looked for: a shorter one would be found in any line. */
const SECRET_CHARS = 6;

/**
 * Sends every log line to stdout: JSON lines, or text on a terminal, which has colours there unless
 * NO_COLOR is set. Nothing logs a key; one that comes in a name or a message from outside is
 * redacted here, as `secrets` are. `write` takes lines elsewhere. Of a log for people, who are told less,
 * what is below `level` is kept to be shown, from `info` on.
 */
export async function configureLogging(
  level: LogLevel,
  format: "auto" | "json" | "text",
  secrets: readonly string[] = [],
  write: (line: LoggedLine) => void = writeLine,
): Promise<void> {
  const hidden = secrets.filter(({ length }) => length >= SECRET_CHARS)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const clean = (line: string) =>
    hidden.reduce((text, secret) => text.replaceAll(secret, "…"), line).replace(MADE_KEY, "$1…");
  const isText = isTextLog(format);
  const isColourful = Deno.stdout.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "";
  const textLine = (isColourful ? getAnsiColorFormatter : getTextFormatter)({ value: shown });
  const kept = isText && compareLogLevel(level, "info") > 0 ? "info" : level;
  await reset();
  await configure({
    sinks: {
      stdout(record: LogRecord) {
        const json = clean(jsonLine(record));
        const isWritten = isAccess(record) || compareLogLevel(record.level, level) >= 0;
        write({ text: isText ? clean(textLine(record)) : json, json, isWritten });
      },
    },
    loggers: [
      { category: "ledgerline", lowestLevel: kept, sinks: ["stdout"] },
      // Whoever asks for them wants them, however quiet the rest is.
      {
        category: ["ledgerline", "access"],
        lowestLevel: "info",
        parentSinks: "override",
        sinks: ["stdout"],
      },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stdout"] },
    ],
  });
}

/** Whether a line is of the log of accesses. */
function isAccess({ category: [, part] }: LogRecord): boolean {
  return part === "access";
}

/** The least that is logged: on a terminal less, unless it was asked for, as a start has its screen. */
export function levelFor(
  values: { readonly "log-level": LogLevel; readonly "log-format": "auto" | "json" | "text" },
  given: ReadonlySet<string>,
): LogLevel {
  const isQuiet = isTextLog(values["log-format"]) && !given.has("log-level");
  return isQuiet ? "warning" : values["log-level"];
}

/** Whether a log of this format is for people. */
export function isTextLog(format: "auto" | "json" | "text"): boolean {
  return format === "text" || (format === "auto" && Deno.stdout.isTerminal());
}

/** What a message is about, which strangers may have named. */
function shown(value: unknown, inspect: (value: unknown) => string): string {
  return printable(typeof value === "string" ? value : inspect(value));
}

/**
 * One line of JSON: what happened, where, and its properties beside it; one that is called as a part
 * of every line has a `_` before its name.
 */
function jsonLine(record: LogRecord): string {
  const { timestamp, level, category, properties } = record;
  // The parts of a message take turns: text, value, text, …
  const msg = record.message.map((part) => typeof part === "string" ? part : String(part)).join("");
  const ts = new Date(timestamp).toISOString();
  const component = category.slice(1).join(".");
  const own = { ts, level, msg, component };
  const others = Object.entries(properties)
    .map(([name, value]) => [Object.hasOwn(own, name) ? `_${name}` : name, value] as const);
  return `${printable(JSON.stringify({ ...own, ...Object.fromEntries(others) }))}\n`;
}

/** Writes a line, which another thread may have made, and keeps it for a while. */
export function writeLine({ text, json, isWritten }: LoggedLine): void {
  recentLog.add(json.trimEnd());
  if (isWritten) writeAll(encoder.encode(text));
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch {
      // The reader of stdout has gone: the server goes on.
      return;
    }
  }
}
