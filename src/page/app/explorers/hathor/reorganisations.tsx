import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { readEvents } from "../../data/chains.ts";
import { Ago } from "../../parts/ago.tsx";
import { Section } from "../../parts/page_head.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useLiveResource } from "../common/live.ts";
import { nodeVersion } from "./node/node.ts";
import { VertexLink } from "./vertex_table.tsx";

/** Those that are listed, the newest first. */
const LISTED = 5;

interface Row {
  readonly offset: number;
  readonly time: number;
  readonly chain: string;
  readonly size: number;
  readonly previous: string;
  readonly next: string;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    key: "time",
    head: "Time",
    width: "120px",
    cell: ({ chain, offset, time }) => (
      <a href={hrefOf(pathOf("chain", chain), { at: `${offset}` })}>
        <Ago time={time} />
      </a>
    ),
  },
  {
    key: "size",
    head: "Blocks that gave way",
    width: "168px",
    isNumber: true,
    cell: ({ size }) => count(size),
  },
  {
    key: "previous",
    head: "Was the best",
    cell: ({ previous }) => <VertexLink hash={previous} chars={36} />,
  },
  { key: "next", head: "Is the best", cell: ({ next }) => <VertexLink hash={next} chars={36} /> },
];

/** When the best chain gave way to another, as the log has it. */
export function Reorganisations() {
  const found = useLiveResource("hathor reorganisations", readRows, "hathor");
  return (
    <Section title="Reorganisations">
      <Shown of={found} lines={2}>
        {(rows) => (
          <Table
            caption="Reorganisations"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ offset }) => `${offset}`}
            empty={
              <Empty title="None so far">
                When another branch has more work than the best chain, it takes its place.
              </Empty>
            }
          />
        )}
      </Shown>
    </Section>
  );
}

async function readRows(signal: AbortSignal): Promise<Row[]> {
  const chain = `hathor/${(await nodeVersion()).network}`;
  const asked = { from: "latest", backward: true, limit: LISTED, types: ["REORG_STARTED"] };
  const events = await readEvents(chain, asked, signal);
  return events.map(({ offset, time, data }) => {
    // As it lies in the log: what clients are told is in its `data`.
    const { data: told } = data as { data: Record<string, string | number> };
    return {
      offset,
      time,
      chain,
      size: Number(told.reorg_size),
      previous: String(told.previous_best_block),
      next: String(told.new_best_block),
    };
  });
}
