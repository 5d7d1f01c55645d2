import { Facts } from "../../parts/facts.tsx";
import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { FullTime } from "../common/full_time.tsx";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainBlock, BigchainLedger, BigchainTx } from "./model.ts";
import { apiPath, askBigchain, assetIdsOf, chainOf } from "./ledger.ts";
import { AssetLink, KeyLinks, OperationTag, TxLink } from "./links.tsx";
import { blockInLog } from "./block_in_log.ts";

/** Transactions of a block that are asked for one by one. */
const MOST_ASKED = 50;

interface BlockSeen {
  readonly height: number;
  readonly block: BigchainBlock | undefined;
  readonly transactions: readonly BigchainTx[];
  readonly all: number;
}

/** A block by its height: its hash, its time, and its transactions. */
export function BigchainBlockScreen({ ledger, params: { height = "" } }: ScreenProps & OfLedger) {
  const seen = useResource(`${ledger.name} block ${height}`, async (signal) => {
    const [answer, block] = await Promise.all([
      askBigchain<unknown>(ledger, `blocks/${height}`, signal),
      blockInLog(chainOf(ledger), Number(height), signal),
    ]);
    return await seenOf(ledger, answer, block, signal);
  });
  const at = Number(height);
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title={`Block ${count(at)}`}
        actions={seen.value && (
          <>
            {at > 1 && (
              <a class="button" href={hrefOf(pathOf(ledger.name, "block", `${at - 1}`))}>Before</a>
            )}
            <a class="button" href={hrefOf(pathOf(ledger.name, "block", `${at + 1}`))}>After</a>
          </>
        )}
      />
      <Shown of={seen} lines={8}>
        {({ block, transactions, all }) => (
          <>
            <div class="card card-body section">
              <Facts
                facts={{
                  Time: block ? <FullTime time={block.time} /> : <Unknown />,
                  Hash: block ? <Copyable text={block.hash} label="Copy the hash" /> : <Unknown />,
                  Transactions: count(all),
                  "In the log": block
                    ? (
                      <a
                        href={hrefOf(pathOf("chain", chainOf(ledger)), { at: `${block.offset}` })}
                      >
                        offset {count(block.offset)}
                      </a>
                    )
                    : <Unknown />,
                }}
              />
            </div>
            <Section
              title="Transactions"
              side={all > transactions.length && (
                <span class="muted">the first {transactions.length} of {count(all)}</span>
              )}
            >
              <Table
                caption="Transactions"
                columns={columnsOf({ ledger })}
                rows={transactions}
                rowKey={({ id }) => id}
                empty={<Empty title="It has none">The first block has the validators alone.</Empty>}
              />
            </Section>
          </>
        )}
      </Shown>
      <SameAs requests={[{ path: apiPath(ledger, `blocks/${height}`) }]} />
    </>
  );
}

function Unknown() {
  return <span class="muted">not in the log</span>;
}

/** One ledger has the transactions in its blocks, the other their ids. */
async function seenOf(
  ledger: BigchainLedger,
  answer: unknown,
  block: BigchainBlock | undefined,
  signal: AbortSignal,
): Promise<BlockSeen> {
  const { height, transactions, transaction_ids: ids = [] } = answer as {
    height: number;
    transactions?: readonly BigchainTx[];
    transaction_ids?: readonly string[];
  };
  if (transactions !== undefined) return { height, block, transactions, all: transactions.length };
  const asked = ids.slice(0, MOST_ASKED)
    .map((id) => askBigchain<BigchainTx>(ledger, `transactions/${id}`, signal));
  return { height, block, transactions: await Promise.all(asked), all: ids.length };
}

function columnsOf({ ledger }: OfLedger): readonly Column<BigchainTx>[] {
  return [
    { key: "operation", head: "Operation", width: "132px", cell: (tx) => <OperationTag tx={tx} /> },
    {
      key: "id",
      head: "Transaction",
      cell: ({ id }) => <TxLink ledger={ledger} id={id} chars={36} />,
    },
    {
      key: "asset",
      head: "Asset",
      cell: (tx) => <AssetLink ledger={ledger} id={assetIdsOf(tx)[0] ?? ""} chars={36} />,
    },
    {
      key: "to",
      head: "To",
      cell: ({ outputs }) => (
        <KeyLinks
          ledger={ledger}
          keys={[...new Set(outputs.flatMap(({ public_keys }) => public_keys))]}
        />
      ),
    },
  ];
}
