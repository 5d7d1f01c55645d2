import { hrefOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { useLiveResource } from "../common/live.ts";
import { Pager } from "../common/pager.tsx";
import { HathorHead } from "./head.tsx";
import type { VertexPage } from "./node/answers.ts";
import { askNode, NODE, PAGE, placeAfter, placeOf } from "./node/node.ts";
import { BLOCK_COLUMNS, TRANSACTION_COLUMNS, VertexTable } from "./vertex_table.tsx";

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
  const path = `transaction?type=${type}&count=${PAGE}${placeAfter(query)}`;
  const isFirst = !query.has("after");
  const page = useLiveResource(
    `hathor ${path}`,
    (signal) => askNode<VertexPage>(path, signal),
    isFirst ? "hathor" : undefined,
  );
  const here = type === "block" ? "/hathor/blocks" : "/hathor/transactions";
  const title = type === "block" ? "Blocks" : "Transactions";
  const after = page.value && placeOf(page.value);
  return (
    <>
      <HathorHead
        title={title}
        about={type === "block"
          ? "The best chain; what gave way is in the graph"
          : "Those that count, the newest first"}
        actions={
          <Pager
            first={isFirst ? undefined : hrefOf(here)}
            next={after && hrefOf(here, { after })}
          />
        }
      />
      <Shown of={page} lines={PAGE + 1}>
        {({ transactions }) => (
          <VertexTable
            caption={title}
            columns={type === "block" ? BLOCK_COLUMNS : TRANSACTION_COLUMNS}
            vertices={transactions}
            empty={<Empty title="Nothing yet" />}
          />
        )}
      </Shown>
      <SameAs requests={[{ path: NODE + path }]} />
    </>
  );
}
