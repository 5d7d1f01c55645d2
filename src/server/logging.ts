import {
  configure,
  getAnsiColorFormatter,
  type LogLevel,
  type LogRecord,
  reset,
} from "@logtape/logtape";
import { printable } from "../kernel/printable.ts";

const encoder = new TextEncoder();

/**
 * Sends every log line to stdout: JSON lines, or readable text on a terminal. Lines never hold a
 * key or a query string, because nothing that logs is given one.
 */
export async function configureLogging(
  level: LogLevel,
  format: "auto" | "json" | "text",
): Promise<void> {
  const isText = format === "text" || (format === "auto" && Deno.stdout.isTerminal());
  const formatter = isText ? getAnsiColorFormatter({ value: shown }) : jsonLine;
  await reset();
  await configure({
    sinks: {
      stdout(record: LogRecord) {
        writeAll(encoder.encode(formatter(record)));
      },
    },
    loggers: [
      { category: "ledgerline", lowestLevel: level, sinks: ["stdout"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stdout"] },
    ],
  });
}

/** What a message is about, which strangers may have named. */
function shown(value: unknown, inspect: (value: unknown) => string): string {
  return printable(typeof value === "string" ? value : inspect(value));
}

/** One line of JSON: what happened, where, and its properties beside it. */
function jsonLine(record: LogRecord): string {
  const { timestamp, level, category, properties } = record;
  // The parts of a message take turns: text, value, text, …
  const msg = record.message.map((part) => typeof part === "string" ? part : String(part)).join("");
  const ts = new Date(timestamp).toISOString();
  const component = category.slice(1).join(".");
  return `${printable(JSON.stringify({ ts, level, msg, component, ...properties }))}\n`;
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch {
      // Nobody reads the log any more: serving goes on.
      return;
    }
  }
}
