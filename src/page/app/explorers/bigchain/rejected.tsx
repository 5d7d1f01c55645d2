import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { findChain, type LogEvent, readEvents } from "../../data/chains.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Mono } from "../../parts/link.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useLiveResource } from "../common/live.ts";
import { Pager } from "../common/pager.tsx";
import { BigchainHead, type OfLedger } from "./head.tsx";
import { OperationTag } from "./links.tsx";
import type { BigchainLedger } from "./model.ts";

/** Rows of a page. */
const PAGE = 25;

interface Rejection {
  readonly offset: number;
  readonly time: number;
  readonly id: string;
  readonly operation: string;
  readonly code: string;
  readonly message: string;
}

const COLUMNS: readonly Column<Rejection>[] = [
  agoColumn(({ time }) => time, { width: "112px" }),
  {
    key: "operation",
    head: "Operation",
    width: "132px",
    cell: (rejection) => <OperationTag tx={rejection} />,
  },
  {
    key: "id",
    head: "Transaction",
    width: "216px",
    cell: ({ id }) => <Mono text={id} chars={24} />,
  },
  { key: "code", head: "Reason", width: "168px", cell: ({ code }) => code },
  {
    key: "message",
    head: "In its words",
    cell: ({ message }) => <span class="muted" title={message}>{message}</span>,
  },
];

/** Transactions that were refused for the state or for a signature, the newest first, and why. */
export function BigchainRejected({ ledger, query }: ScreenProps & OfLedger) {
  const before = query.get("before") ?? undefined;
  const page = useLiveResource(
    `${ledger.name} rejected ${before}`,
    (signal) => readRejected(ledger, before, signal),
    before === undefined ? ledger.name : undefined,
  );
  const here = pathOf(ledger.name, "rejected");
  const last = page.value?.at(-1);
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Rejected"
        about="What was refused for the state of the ledger, or for a signature; a wrong shape or id is not kept"
        actions={
          <Pager
            first={before === undefined ? undefined : hrefOf(here)}
            next={page.value?.length === PAGE && last
              ? hrefOf(here, { before: `${last.offset}` })
              : undefined}
          />
        }
      />
      <Shown of={page} lines={6}>
        {(rows) => (
          <Table
            caption="Rejected transactions"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ offset }) => `${offset}`}
            empty={
              <Empty title="None so far">A double spend, say, is shown here with its reason.</Empty>
            }
          />
        )}
      </Shown>
      <SameAs
        requests={[{ path: `v1/stream/${ledger.name}/rejected?offset=-1`, isStream: true }]}
      />
    </>
  );
}

async function readRejected(
  { name }: BigchainLedger,
  before: string | undefined,
  signal: AbortSignal,
): Promise<readonly Rejection[]> {
  const chain = `${name}/rejected`;
  // It is not there before the first of them.
  if (await findChain(chain, signal) === undefined) return [];
  const asked = { from: before ?? "latest", backward: true, limit: PAGE };
  return (await readEvents(chain, asked, signal)).map(rejectionOf);
}

function rejectionOf({ offset, time, type, data }: LogEvent): Rejection {
  const { transaction_id: id, code, message } = data as {
    transaction_id: string;
    code: string;
    message: string;
  };
  return { offset, time, id, operation: type, code, message };
}
