import { VertexImport } from "../../../src/ledgers/hathor/intake/vertex_import.ts";
import { EventType, readVertexEvent } from "../../../src/ledgers/hathor/rows/events.ts";
import { type Node, withNode } from "../hathor_node.ts";
import { inTurns } from "../pairs.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";

/** Events that are read at once. */
const AT_ONCE = 1_000;

/**
 * How fast the past of a network is imported, a line for each vertex, beside a node that takes the
 * same blocks and payments as they come over the wire.
 */
export const hathorImport: Scenario = {
  name: "hathor-import",
  run: async ({ pairs, quick }): Promise<Row[]> => {
    const [blocks, times] = quick ? [500, 1] : [5_000, 10];
    let past = { lines: [] as readonly string[], time: 0 };
    const taken = () =>
      withNode("taken", async (node) => {
        const blocksPerSecond = await node.takeBlocks(blocks);
        const { taken: othersPerSecond } = await node.takeTransactions(times);
        past = { lines: await linesOf(node), time: node.clock.time };
        const others = past.lines.length - blocks;
        return past.lines.length / (blocks / blocksPerSecond + others / othersPerSecond);
      });
    await taken();
    const imported = () =>
      withNode("imported", async ({ clock, node }) => {
        clock.time = past.time;
        const started = performance.now();
        await new VertexImport(node.node, node.intake, {
          refused: (line) => Promise.reject(new Error(JSON.stringify(line))),
          progress: () => Promise.resolve(),
        }).run(ReadableStream.from(past.lines));
        return past.lines.length * 1_000 / (performance.now() - started);
      });
    const { ours, ceiling, ratio, each, cpu } = await inTurns(
      quick ? 1 : pairs,
      { run: imported },
      taken,
    );
    return [{
      scenario: "hathor-import",
      ours: rate(ours),
      ceiling: rate(ceiling),
      ratio,
      each,
      target: { is: "at least", value: 0.9 },
      note: `${past.lines.length} vertices beside taking them over the wire; ${cpu}`,
    }];
  },
};

/** The vertices that a node has taken, in the order in which it did, but for the genesis. */
async function linesOf({ node }: Node): Promise<string[]> {
  const { chain } = node.node;
  const lines: string[] = [];
  for (let from = 0;;) {
    const events = await chain.read(from, AT_ONCE);
    if (events.length === 0) return lines.slice(3);
    from += events.length;
    for (const event of events) {
      if (event.type !== EventType.newVertex) continue;
      const found = await node.vertex(readVertexEvent(event).hash);
      if (found !== undefined) lines.push(found.vertex.bytes.toHex());
    }
  }
}
