import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { eventsPath } from "../../data/chains.ts";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { useLiveResource } from "../common/live.ts";
import { Pager } from "../common/pager.tsx";
import { BigchainHead, type OfLedger } from "./head.tsx";
import { chainOf, lastTransactions } from "./ledger.ts";
import { TxTable } from "./tx_table.tsx";

/** Rows of a page. */
const PAGE = 25;

/** All transactions, the newest first, or those of one operation. */
export function BigchainTransactions({ ledger, query }: ScreenProps & OfLedger) {
  const before = query.get("before") ?? undefined;
  const operation = query.get("operation") ?? undefined;
  const types = operation === undefined ? ledger.operations : [operation];
  const page = useLiveResource(
    `${ledger.name} transactions ${operation} ${before}`,
    (signal) => lastTransactions(ledger, { limit: PAGE, before, types }, signal),
    before === undefined ? ledger.name : undefined,
  );
  const here = pathOf(ledger.name, "transactions");
  const last = page.value?.at(-1);
  const isMore = page.value?.length === PAGE && last !== undefined;
  const asked = { from: before ?? "latest", backward: true, limit: PAGE, types };
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Transactions"
        about="Those that were committed, the newest first"
        actions={
          <Pager
            first={before === undefined ? undefined : hrefOf(here, { operation })}
            next={isMore ? hrefOf(here, { operation, before: `${last.offset}` }) : undefined}
          />
        }
      />
      <div class="row section" role="group" aria-label="Operation">
        {[undefined, ...ledger.operations].map((each) => (
          <a
            key={each ?? "all"}
            class="choice"
            href={hrefOf(here, { operation: each })}
            aria-current={each === operation ? "true" : undefined}
          >
            {each ?? "All"}
          </a>
        ))}
      </div>
      <Shown of={page} lines={PAGE}>
        {(transactions) => (
          <TxTable
            ledger={ledger}
            transactions={transactions}
            empty={<Empty title={operation ? `No ${operation} yet` : "No transactions yet"} />}
          />
        )}
      </Shown>
      <SameAs requests={[{ path: eventsPath(chainOf(ledger), asked) }]} />
    </>
  );
}
