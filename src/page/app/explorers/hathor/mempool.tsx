import { count } from "../../base/format.ts";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { agoColumn } from "../../parts/ago.tsx";
import { useLiveResource } from "../common/live.ts";
import { HathorHead } from "./head.tsx";
import { kindOf } from "./node/kinds.ts";
import type { VertexAnswer } from "./node/answers.ts";
import { askNode, NODE } from "./node/node.ts";
import { VertexLink } from "./vertex_table.tsx";

/** Those that are shown; the node tells a hundred. */
const SHOWN = 40;

interface Waiting {
  readonly all: number;
  readonly shown: readonly VertexAnswer[];
}

const COLUMNS: readonly Column<VertexAnswer>[] = [
  agoColumn(({ tx }) => tx.timestamp * 1_000, { head: "Since", width: "112px" }),
  { key: "hash", head: "Hash", cell: ({ tx }) => <VertexLink hash={tx.hash} chars={48} /> },
  { key: "kind", head: "Kind", width: "132px", cell: ({ tx }) => kindOf(tx.version) },
  {
    key: "weight",
    head: "Weight",
    width: "84px",
    isNumber: true,
    cell: ({ tx }) => tx.weight.toFixed(2),
  },
  {
    key: "inputs",
    head: "Inputs",
    width: "72px",
    isNumber: true,
    cell: ({ tx }) => tx.inputs.length,
  },
  {
    key: "outputs",
    head: "Outputs",
    width: "80px",
    isNumber: true,
    cell: ({ tx }) => tx.outputs.length,
  },
];

/** Transactions that no block confirms yet, the oldest first. */
export function HathorMempool() {
  const waiting = useLiveResource("hathor mempool", readWaiting, "hathor");
  const all = waiting.value?.all ?? 0;
  return (
    <>
      <HathorHead
        title="Mempool"
        about={waiting.value && all > 0
          ? `${count(all)}${all === 100 ? " or more" : ""} wait for a block, the oldest first`
          : "Transactions that no block confirms yet"}
      />
      <Shown of={waiting} lines={6}>
        {({ shown }) => (
          <Table
            caption="Transactions that wait"
            columns={COLUMNS}
            rows={shown}
            rowKey={({ tx }) => tx.hash}
            empty={<Empty title="Nothing waits">The next block has all that came before it.</Empty>}
          />
        )}
      </Shown>
      <SameAs requests={[{ path: `${NODE}mempool` }]} />
    </>
  );
}

async function readWaiting(signal: AbortSignal): Promise<Waiting> {
  const { transactions } = await askNode<{ readonly transactions: readonly string[] }>(
    "mempool",
    signal,
  );
  const shown = await Promise.all(
    // What a reorganisation has removed meanwhile is left out.
    transactions.slice(0, SHOWN).map((hash) =>
      askNode<VertexAnswer>(`transaction?id=${hash}`, signal).catch(() => undefined)
    ),
  );
  return { all: transactions.length, shown: shown.filter((each) => each !== undefined) };
}
