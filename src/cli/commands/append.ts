import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { LedgerError } from "../../kernel/errors.ts";
import { linesAsTheyCome } from "../../server/admin/lines.ts";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { ProgressBar, say } from "../terminal/terminal.ts";

/** Characters that are sent at once. */
const BATCH_CHARS = 256 * 1024;

const PREFIX = "streams/";

/** `append`: messages from stdin. */
export const appendCommand = map(
  command(
    "append",
    merge(
      object({
        stream: argument(string({ metavar: "CHAIN" }), {
          description: message`The stream's chain, such as streams/hello; it is made if need be`,
        }),
      }),
      backendOptions,
    ),
    {
      brief: message`Append messages from stdin, one JSON value per line`,
      footer: message`Each line is appended once, even where the connection breaks meanwhile.`,
    },
  ),
  (flags) => () => runAppend(flags),
);

export async function runAppend(
  flags: BackendFlags & { readonly stream: string },
): Promise<number> {
  if (!flags.stream.startsWith(PREFIX)) {
    throw new LedgerError(
      "config_invalid",
      `Only streams can be appended to (${PREFIX}<name>): a ledger's chain is written by its own API`,
    );
  }
  const name = flags.stream.slice(PREFIX.length);
  const bar = new ProgressBar();
  let done = 0;
  try {
    await withBackend(flags, async (backend) => {
      const notice = (text: string) => {
        bar.clear();
        void say(`${text}\n`);
      };
      for await (const count of backend.append(name, batches(Deno.stdin.readable), notice)) {
        done += count;
        bar.update(`appending to ${flags.stream}`, done);
      }
    }, { mayCreate: true });
  } finally {
    bar.clear();
    await say(`${done} appended to ${flags.stream}\n`);
  }
  return 0;
}

/**
 * Lines of JSON in batches: what has come at once goes at once, so that a pipe that is slow is
 * followed as it is written. Throws `import_invalid` with the number of the line that is none.
 */
async function* batches(input: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  let number = 0;
  for await (const lines of linesAsTheyCome(input)) {
    let batch: string[] = [];
    let chars = 0;
    for (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      if (!isJson(line)) {
        if (batch.length > 0) yield batch;
        throw new LedgerError("import_invalid", `line ${number} is not JSON`);
      }
      if (batch.length > 0 && chars + line.length > BATCH_CHARS) {
        yield batch;
        batch = [];
        chars = 0;
      }
      batch.push(line);
      chars += line.length;
    }
    if (batch.length > 0) yield batch;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
