import {
  ansiColorFormatter,
  configure,
  jsonLinesFormatter,
  type LogLevel,
  type LogRecord,
  reset,
} from "@logtape/logtape";

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
  const formatter = isText ? ansiColorFormatter : jsonLinesFormatter;
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
