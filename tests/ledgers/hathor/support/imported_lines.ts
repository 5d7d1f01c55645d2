import type {
  ImportCounts,
  RefusedLine,
} from "../../../../src/ledgers/hathor/intake/import_report.ts";
import {
  type ImportReading,
  VertexImport,
} from "../../../../src/ledgers/hathor/intake/vertex_import.ts";
import { within } from "../../../support/until.ts";
import type { Intake } from "../../../../src/ledgers/hathor/intake/intake.ts";
import type { HathorNode } from "../../../../src/ledgers/hathor/intake/node.ts";

interface Imported {
  readonly counts: ImportCounts;
  readonly refused: readonly RefusedLine[];
}

/** Imports lines into a node, whatever is refused. */
export async function importLines(
  { node, intake }: { readonly node: HathorNode; readonly intake: Intake },
  lines: readonly string[] | AsyncIterable<string>,
  progress = () => Promise.resolve(),
  reading?: ImportReading,
): Promise<Imported> {
  const refused: RefusedLine[] = [];
  const run = new VertexImport(node, intake, {
    refused: (line) => Promise.resolve(void refused.push(line)),
    progress,
  }, reading);
  const counts = await within("the import", run.run(ReadableStream.from(lines)));
  return { counts: { ...counts }, refused };
}

/** The same order in each run. */
export function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item, at) => ({ item, rank: (at * 7_919 + 13) % 104_729 % 97 }))
    .sort((one, other) => one.rank - other.rank).map(({ item }) => item);
}
