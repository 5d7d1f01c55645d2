import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Tag } from "../../parts/link.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useLiveResource } from "../common/live.ts";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainLedger, BigchainTx } from "./model.ts";
import { apiPath, askBigchain, assetIdsOf } from "./ledger.ts";
import { AssetLink, OperationTag, TxLink } from "./links.tsx";

/** Outputs whose transactions are asked for: the newest. */
const SHOWN = 40;

interface Place {
  readonly transaction_id: string;
  readonly output_index: number;
}

interface OwnedOutput {
  readonly tx: BigchainTx;
  readonly index: number;
  readonly isSpent: boolean;
}

interface Owned {
  readonly all: number;
  readonly unspent: number;
  readonly outputs: readonly OwnedOutput[];
}

/** What a public key can spend, or could. */
export function BigchainKey({ ledger, params: { key = "" }, query }: ScreenProps & OfLedger) {
  const isAll = query.get("spent") === "all";
  const owned = useLiveResource(
    `${ledger.name} key ${key} ${isAll}`,
    (signal) => readOwned(ledger, key, isAll, signal),
    ledger.name,
  );
  const here = pathOf(ledger.name, "key", key);
  const path = `outputs?public_key=${encodeURIComponent(key)}${isAll ? "" : "&spent=false"}`;
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Outputs of a key"
        about={<Copyable text={key} label="Copy the key" />}
      />
      <div class="row section" role="group" aria-label="Which">
        <a class="choice" href={hrefOf(here)} aria-current={isAll ? undefined : "true"}>Unspent</a>
        <a
          class="choice"
          href={hrefOf(here, { spent: "all" })}
          aria-current={isAll ? "true" : undefined}
        >
          All
        </a>
        {owned.value !== undefined && (
          <span class="muted">
            {count(owned.value.unspent)} unspent of {count(owned.value.all)}
          </span>
        )}
      </div>
      <Shown of={owned} lines={6}>
        {({ outputs }) => (
          <Table
            caption="Outputs"
            columns={outputColumns({ ledger })}
            rows={outputs}
            rowKey={({ tx, index }) => `${tx.id} ${index}`}
            empty={
              <Empty
                title={isAll ? "Nothing was ever given to this key" : "It has nothing to spend"}
              >
                What is transferred to it is shown here.
              </Empty>
            }
          />
        )}
      </Shown>
      <SameAs requests={[{ path: apiPath(ledger, path) }]} />
    </>
  );
}

function outputColumns({ ledger }: OfLedger): readonly Column<OwnedOutput>[] {
  return [
    {
      key: "amount",
      head: "Amount",
      width: "128px",
      isNumber: true,
      cell: ({ tx, index }) => tx.outputs[index]?.amount,
    },
    {
      key: "state",
      head: "State",
      width: "96px",
      cell: ({ isSpent }) => isSpent ? <Tag>spent</Tag> : <Tag tone="good">unspent</Tag>,
    },
    {
      key: "asset",
      head: "Asset",
      cell: ({ tx }) => <AssetLink ledger={ledger} id={assetIdsOf(tx)[0] ?? ""} chars={36} />,
    },
    {
      key: "tx",
      head: "Of",
      cell: ({ tx, index }) => (
        <>
          <TxLink ledger={ledger} id={tx.id} chars={30} /> · {index}
        </>
      ),
    },
    {
      key: "operation",
      head: "Operation",
      width: "132px",
      cell: ({ tx }) => <OperationTag tx={tx} />,
    },
  ];
}

async function readOwned(
  ledger: BigchainLedger,
  key: string,
  isAll: boolean,
  signal: AbortSignal,
): Promise<Owned> {
  const path = `outputs?public_key=${encodeURIComponent(key)}`;
  const [all, free] = await Promise.all([
    askBigchain<readonly Place[]>(ledger, path, signal),
    askBigchain<readonly Place[]>(ledger, `${path}&spent=false`, signal),
  ]);
  const name = ({ transaction_id, output_index }: Place) => `${transaction_id} ${output_index}`;
  const unspent = new Set(free.map(name));
  const shown = (isAll ? all : free).slice(-SHOWN).reverse();
  const outputs = shown.map(async (place) => ({
    tx: await askBigchain<BigchainTx>(ledger, `transactions/${place.transaction_id}`, signal),
    index: place.output_index,
    isSpent: !unspent.has(name(place)),
  }));
  return { all: all.length, unspent: free.length, outputs: await Promise.all(outputs) };
}
