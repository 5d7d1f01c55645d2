import type { ScreenProps } from "../../base/screen.ts";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { HathorHead } from "./head.tsx";
import { NODE } from "./node/node.ts";
import { PAGE, usePage } from "./node/pages.tsx";
import { BLOCK_COLUMNS, transactionColumns, VertexTable } from "./vertex_table.tsx";

/** The blocks of the best chain, the newest first. */
export function HathorBlocks({ query }: ScreenProps) {
  return <VertexList type="block" query={query} />;
}

/** The transactions that count, the newest first. */
export function HathorTransactions({ query }: ScreenProps) {
  return <VertexList type="tx" query={query} />;
}

function VertexList(
  { type, query }: { readonly type: "block" | "tx"; readonly query: URLSearchParams },
) {
  const here = type === "block" ? "/hathor/blocks" : "/hathor/transactions";
  const title = type === "block" ? "Blocks" : "Transactions";
  const { path, page, pager } = usePage(`transaction?type=${type}`, here, query);
  return (
    <>
      <HathorHead
        title={title}
        about={type === "block"
          ? "The best chain; what gave way is in the graph"
          : "Those that count, the newest first"}
        actions={pager}
      />
      <Shown of={page} lines={PAGE + 1}>
        {({ transactions }) => (
          <VertexTable
            caption={title}
            columns={type === "block" ? BLOCK_COLUMNS : transactionColumns()}
            vertices={transactions}
            empty={<Empty title="Nothing yet" />}
          />
        )}
      </Shown>
      <SameAs requests={[{ path: NODE + path }]} />
    </>
  );
}
