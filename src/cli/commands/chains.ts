import { format as formatBytes } from "@std/fmt/bytes";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, withDefault } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { print, printAsIs, table } from "../terminal/terminal.ts";

/** `chains`: a table of them. */
export const chainsCommand = map(
  command(
    "chains",
    merge(
      object({
        prefix: withDefault(
          argument(string({ metavar: "PREFIX" }), {
            description: message`Only chains whose names begin so`,
          }),
          "",
        ),
        json: option("--json", { description: message`One JSON object per line` }),
      }),
      backendOptions,
    ),
    { brief: message`List chains: events, size, events a second, last commit` },
  ),
  (flags) => () => runChains(flags),
);

interface ChainsFlags extends BackendFlags {
  readonly prefix: string;
  readonly json: boolean;
}

export async function runChains(flags: ChainsFlags): Promise<number> {
  await withBackend(flags, async (backend) => {
    const rows: string[][] = [];
    for await (const summary of backend.chains(flags.prefix)) {
      if (flags.json) await print(`${JSON.stringify(summary)}\n`);
      const { chain, events, bytes, rate, time, id, damaged } = summary;
      if (damaged !== undefined) {
        rows.push([chain, "?", "?", "?", "?", damaged]);
        continue;
      }
      rows.push([
        chain,
        String(events),
        formatBytes(bytes),
        rate?.toFixed(1) ?? "?",
        new Date(time).toISOString(),
        id,
      ]);
    }
    if (flags.json) return;
    const heading = ["CHAIN", "EVENTS", "SIZE", "PER SECOND", "LAST COMMIT", "HEAD"];
    await printAsIs(table(heading, rows, ["EVENTS", "SIZE", "PER SECOND"]));
  });
  return 0;
}
