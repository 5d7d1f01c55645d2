import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Mono } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useLiveResource } from "../common/live.ts";
import { Pager } from "../common/pager.tsx";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainBlock } from "./model.ts";
import { apiPath, lastBlocks, lastTransactions } from "./ledger.ts";
import { HeightLink } from "./links.tsx";
import { TxTable } from "./tx_table.tsx";

/** Rows of a page. */
const PAGE = 20;
const LATEST = 6;

/** The blocks, the newest first, and the last transactions. */
export function BigchainHome({ ledger, query }: ScreenProps & OfLedger) {
  const before = query.get("before") ?? undefined;
  const blocks = useLiveResource(
    `${ledger.name} blocks ${before}`,
    (signal) => lastBlocks(ledger, { limit: PAGE, before }, signal),
    before === undefined ? ledger.name : undefined,
  );
  const latest = useLiveResource(
    `${ledger.name} latest`,
    (signal) => lastTransactions(ledger, { limit: LATEST, types: ledger.operations }, signal),
    ledger.name,
  );
  const here = pathOf(ledger.name);
  const last = blocks.value?.at(-1);
  const isMore = blocks.value?.length === PAGE && last !== undefined && last.height > 1;
  return (
    <>
      <BigchainHead
        ledger={ledger}
        about={blocks.value === undefined
          ? "…"
          : before === undefined
          ? `At height ${count(blocks.value[0]?.height ?? 0)}`
          : "Blocks"}
      />
      {before === undefined && (
        <Section
          title="Latest transactions"
          side={<a href={hrefOf(pathOf(ledger.name, "transactions"))}>All</a>}
        >
          <Shown of={latest} lines={LATEST + 1}>
            {(transactions) => (
              <TxTable
                ledger={ledger}
                transactions={transactions}
                empty={
                  <Empty title="No transactions yet">
                    What any driver of {ledger.title} sends is shown here as it is committed.
                  </Empty>
                }
              />
            )}
          </Shown>
        </Section>
      )}
      <Section
        title="Blocks"
        side={
          <Pager
            first={before === undefined ? undefined : hrefOf(here)}
            next={isMore ? hrefOf(here, { before: `${last.offset}` }) : undefined}
          />
        }
      >
        <Shown of={blocks} lines={8}>
          {(rows) => (
            <Table
              caption="Blocks"
              columns={blockColumns({ ledger })}
              rows={rows}
              rowKey={({ height }) => `${height}`}
              empty={<Empty title="No blocks yet">The first transaction makes one.</Empty>}
            />
          )}
        </Shown>
      </Section>
      <SameAs
        requests={[
          { path: apiPath(ledger, `blocks/${blocks.value?.[0]?.height ?? 1}`) },
          { path: `v1/stream/${ledger.name}/chain?offset=now`, isStream: true },
        ]}
      />
    </>
  );
}

function blockColumns({ ledger }: OfLedger): readonly Column<BigchainBlock>[] {
  return [
    {
      key: "height",
      head: "Height",
      width: "96px",
      cell: ({ height }) => <HeightLink ledger={ledger} height={height} />,
    },
    { key: "hash", head: "Hash", cell: ({ hash }) => <Mono text={hash || "–"} chars={64} /> },
    {
      key: "transactions",
      head: "Transactions",
      width: "120px",
      isNumber: true,
      cell: ({ ids }) => count(ids.length),
    },
    agoColumn(({ time }) => time, { width: "120px" }),
  ];
}
