import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { systemClock } from "../../kernel/clock.ts";
import { importVertexLines } from "../../ledgers/hathor/intake/import_lines.ts";
import type { ImportCounts } from "../../ledgers/hathor/intake/import_report.ts";
import { openContracts } from "../../ledgers/hathor/open_contracts.ts";
import { readNetwork } from "../../ledgers/hathor/settings.ts";
import type { Log } from "../../log/log.ts";
import { linesOfBody } from "../../server/admin/lines.ts";
import { SOLE_OWNER } from "../../web/owner.ts";
import { withLog } from "../backup/with_log.ts";
import { readConfiguration } from "../settings/config_file.ts";
import { FAILED, OK } from "../terminal/exit_codes.ts";
import { givenFile } from "../terminal/given_file.ts";
import { ProgressBar, say } from "../terminal/terminal.ts";
import { type ConfigurationFlags, configurationOptions } from "./config.ts";

/** Vertices between two words of progress where there is no terminal. */
const VERTICES_A_WORD = 5_000;

/** `import-vertices`: the past of a Hathor network. */
export const importVerticesCommand = map(
  command(
    "import-vertices",
    merge(
      object({
        file: argument(string({ metavar: "FILE" }), {
          description: message`Vertices in hexadecimal digits, one a line; - is stdin`,
        }),
      }),
      configurationOptions,
    ),
    {
      brief: message`Take vertices of a Hathor network into a store that no server has open`,
      usageLine: [{ type: "ellipsis" }],
      footer:
        message`Each is verified as any other. An import that was cut off goes on when it is run again. A line that is not taken is named with the reason, and the command ends with 1.`,
    },
  ),
  (flags) => () => importVertices(flags),
);

interface ImportVerticesFlags extends ConfigurationFlags {
  readonly file: string;
}

export async function importVertices(
  { file, flags, config }: ImportVerticesFlags,
): Promise<number> {
  const { values } = await readConfiguration(flags, config);
  const network = await readNetwork(values);
  const input = file === "-" ? Deno.stdin.readable : await givenFile(file, "file of vertices");
  const owned = { settings: values, owner: SOLE_OWNER };
  const contracts = await openContracts(owned, { network, clock: systemClock });
  return await withLog(values.store, async (log: Log) => {
    const bar = new ProgressBar();
    let told = 0;
    try {
      const counts = await importVertexLines(
        { log, clock: systemClock, network, contracts },
        linesOfBody(input),
        {
          refused: async ({ line, code, message }) => {
            bar.clear();
            await say(`line ${line}: ${code}: ${message}\n`);
          },
          progress: async (counts) => {
            const { lines, taken, known, refused } = counts;
            const done = taken + known + refused;
            bar.update("vertices", done, lines);
            if (Deno.stderr.isTerminal() || done - told < VERTICES_A_WORD) return;
            told = done;
            await say(`${summaryOf(counts)}\n`);
          },
        },
      );
      bar.clear();
      await say(`hathor/${network.name}: ${summaryOf(counts)}\n`);
      return counts.refused === 0 ? OK : FAILED;
    } finally {
      bar.clear();
    }
  });
}

function summaryOf({ lines, taken, known, refused }: ImportCounts): string {
  return `${lines} lines: ${taken} imported, ${known} were there, ${refused} refused`;
}
