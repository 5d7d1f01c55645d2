import type { ComponentChildren } from "preact";
import { preview } from "../../base/preview.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import type { OfLedger } from "./head.tsx";
import type { PlacedTx } from "./model.ts";
import { contentOf } from "./ledger.ts";
import { HeightLink, KeyLinks, OperationTag, TxLink } from "./links.tsx";

/** Characters of an asset or of metadata that are shown. */
const PREVIEW = 90;

/** A list of transactions out of the log. */
export function TxTable(
  { ledger, transactions, empty, isShort = false }: OfLedger & {
    readonly transactions: readonly PlacedTx[];
    readonly empty: ComponentChildren;
    readonly isShort?: boolean;
  },
) {
  const all: readonly (Column<PlacedTx> | false)[] = [
    {
      key: "operation",
      head: "Operation",
      width: "176px",
      cell: ({ tx }) => <OperationTag tx={tx} />,
    },
    {
      key: "id",
      head: "Transaction",
      width: "216px",
      cell: ({ tx }) => <TxLink ledger={ledger} id={tx.id} />,
    },
    !isShort && {
      key: "to",
      head: "To",
      width: "216px",
      cell: ({ tx }) => (
        <KeyLinks
          ledger={ledger}
          keys={[...new Set(tx.outputs.flatMap(({ public_keys }) => public_keys))]}
          chars={24}
        />
      ),
    },
    { key: "content", head: "Says", cell: ({ tx }) => <Says tx={tx} /> },
    {
      key: "height",
      head: "Block",
      width: "72px",
      isNumber: true,
      cell: ({ height }) => <HeightLink ledger={ledger} height={height} />,
    },
    agoColumn(({ time }) => time),
  ];
  return (
    <Table
      caption="Transactions"
      columns={all.filter((column) => column !== false)}
      rows={transactions}
      rowKey={({ tx }) => tx.id}
      empty={empty}
    />
  );
}

function Says({ tx }: Pick<PlacedTx, "tx">) {
  const said = contentOf(tx) ?? tx.metadata;
  return said === null || said === undefined
    ? <span class="muted">nothing</span>
    : <span class="mono muted">{preview(said, PREVIEW)}</span>;
}
