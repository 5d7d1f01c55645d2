import { count } from "../../base/format.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { JsonTree } from "../../parts/json_tree.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { useLiveResource } from "../common/live.ts";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainTx } from "./model.ts";
import { apiPath, contentOf, transactionsOf } from "./ledger.ts";
import { lifeOf } from "./life.ts";
import { LifeView } from "./life_view.tsx";
import { KeyLinks } from "./links.tsx";

/** An asset: what it is, who has it, and its life as a chain of transfers. */
export function BigchainAsset({ ledger, params: { id = "" } }: ScreenProps & OfLedger) {
  const life = useLiveResource(
    `${ledger.name} asset ${id}`,
    (signal) => transactionsOf(ledger, [id], signal),
    ledger.name,
  );
  const transfers = Math.max(0, (life.value?.length ?? 1) - 1);
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Asset"
        about={<Copyable text={id} label="Copy the id" />}
        actions={life.value && life.value.length > 0 && (
          <span class="muted">
            {count(transfers)} {transfers === 1 ? "transaction" : "transactions"} since it began
          </span>
        )}
      />
      <Shown of={life} lines={12}>
        {(transactions) =>
          transactions.length === 0
            ? (
              <Empty title="There is no such asset">
                An asset is known by the id of the transaction that creates it.
              </Empty>
            )
            : <AssetParts ledger={ledger} transactions={transactions} />}
      </Shown>
      <SameAs
        requests={[{ path: apiPath(ledger, `transactions?${ledger.assetsArgument}=${id}`) }]}
      />
    </>
  );
}

function AssetParts(
  { ledger, transactions }: OfLedger & { readonly transactions: readonly BigchainTx[] },
) {
  const rows = lifeOf(transactions);
  const holders = holdersOf(rows);
  const [first] = transactions;
  const said = first && contentOf(first);
  return (
    <>
      <div class="split">
        <Section title="What it is">
          <div class="card card-body">
            {said === undefined
              ? <span class="muted">It says nothing</span>
              : <JsonTree value={said} />}
          </div>
        </Section>
        <Section
          title="Who has it"
          side={<span class="muted">{count(holders.length)}</span>}
        >
          <ul class="card">
            {holders.slice(0, 12).map(({ keys, amount }) => (
              <li key={keys.join()} class="flow-part">
                <span class="cut">
                  <KeyLinks ledger={ledger} keys={keys} chars={44} />
                </span>
                <span class="flow-amount">{amount.toLocaleString("en")}</span>
              </li>
            ))}
          </ul>
        </Section>
      </div>
      <Section title="Its life">
        <LifeView ledger={ledger} rows={rows} />
      </Section>
    </>
  );
}

/** What is unspent, by those who can spend it together, the most first. */
function holdersOf(rows: ReturnType<typeof lifeOf>) {
  const sums = new Map<string, { keys: readonly string[]; amount: bigint }>();
  for (const { tx, spentBy } of rows) {
    tx.outputs.forEach(({ public_keys: keys, amount }, index) => {
      if (spentBy[index] !== undefined) return;
      const name = keys.join();
      sums.set(name, { keys, amount: (sums.get(name)?.amount ?? 0n) + BigInt(amount) });
    });
  }
  return [...sums.values()].sort((one, other) => one.amount < other.amount ? 1 : -1);
}
