import { SignatureWorkers } from "../../../crypto/signature_workers.ts";
import { assertNotFollowed } from "./followed_life.ts";
import { Intake } from "./intake.ts";
import { type NodeContext, openNode } from "./node.ts";
import { startNode } from "./start.ts";
import type { ImportCounts, ImportTeller } from "./import_report.ts";
import { VertexImport } from "./vertex_import.ts";

/** Takes lines of vertices into a node's chain, as {@linkcode VertexImport.run} says. */
export async function importVertexLines(
  context: NodeContext,
  lines: AsyncIterable<string>,
  teller: ImportTeller,
): Promise<ImportCounts> {
  await assertNotFollowed(context.log, context.network.name);
  const node = await openNode(context);
  await startNode(node);
  const workers = new SignatureWorkers();
  try {
    return await new VertexImport(node, new Intake(node, workers), teller).run(lines);
  } finally {
    workers.stop();
    await context.contracts?.close();
  }
}
