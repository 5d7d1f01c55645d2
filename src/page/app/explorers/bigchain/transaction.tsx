import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { JsonTree } from "../../parts/json_tree.tsx";
import { Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Flow, FlowPart } from "../common/flow.tsx";
import { FullTime } from "../common/full_time.tsx";
import { useLiveResource } from "../common/live.ts";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainLedger, BigchainTx } from "./model.ts";
import { apiPath, askBigchain, assetIdsOf, chainOf, contentOf, transactionsOf } from "./ledger.ts";
import { placeName, spendersIn } from "./life.ts";
import { AssetLink, HeightLink, KeyLinks, OperationTag, TxLink } from "./links.tsx";
import { blockInLog } from "./block_in_log.ts";

interface TxSeen {
  readonly tx: BigchainTx;
  readonly height: number | undefined;
  /** Who spends each output, by the names of places. */
  readonly spenders: ReadonlyMap<string, string>;
  /** Transactions of the same assets, by their ids. */
  readonly others: ReadonlyMap<string, BigchainTx>;
}

/** A transaction: what it spends, what became of what it made, and what it says. */
export function BigchainTransaction({ ledger, params: { id = "" } }: ScreenProps & OfLedger) {
  const seen = useLiveResource(
    `${ledger.name} tx ${id}`,
    (signal) => readSeen(ledger, id, signal),
    ledger.name,
  );
  const tx = seen.value?.tx;
  const said = tx && contentOf(tx);
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Transaction"
        about={<Copyable text={id} label="Copy the id" />}
        actions={tx && <OperationTag tx={tx} />}
      />
      <Shown of={seen} lines={12}>
        {(value) => (
          <>
            <div class="card card-body section">
              <Facts
                facts={{
                  Block: <Place ledger={ledger} height={value.height} />,
                  Asset: (
                    <span class="stacked">
                      {assetIdsOf(value.tx).map((asset) => (
                        <AssetLink key={asset} ledger={ledger} id={asset} chars={64} />
                      ))}
                    </span>
                  ),
                  Version: value.tx.version,
                }}
              />
            </div>
            <Sides ledger={ledger} seen={value} />
            <div class="split">
              <Section title="Asset">
                <div class="card card-body">
                  {said === undefined
                    ? <span class="muted">Said by the transaction that began it</span>
                    : <JsonTree value={said} />}
                </div>
              </Section>
              <Section title="Metadata">
                <div class="card card-body">
                  {value.tx.metadata === null
                    ? <span class="muted">None</span>
                    : <JsonTree value={value.tx.metadata} />}
                </div>
              </Section>
            </div>
          </>
        )}
      </Shown>
      <SameAs requests={[{ path: apiPath(ledger, `transactions/${id}`) }]} />
    </>
  );
}

function Place({ ledger, height }: OfLedger & { readonly height: number | undefined }) {
  const chain = chainOf(ledger);
  const { value } = useResource(
    `${chain} ${height}`,
    (signal) =>
      height === undefined ? Promise.resolve(undefined) : blockInLog(chain, height, signal),
  );
  if (height === undefined) return <span class="muted">unknown</span>;
  return (
    <>
      <HeightLink ledger={ledger} height={height} />
      {value !== undefined && (
        <>
          {" · "}
          <FullTime time={value.time} />
          <span class="muted">
            {" "}
            · <a href={hrefOf(pathOf("chain", chain), { at: `${value.offset}` })}>in the log</a>
          </span>
        </>
      )}
    </>
  );
}

function Sides({ ledger, seen: { tx, spenders, others } }: OfLedger & { readonly seen: TxSeen }) {
  return (
    <Flow
      from={{
        title: "Inputs",
        none: "None",
        parts: tx.inputs.map(({ owners_before, fulfills }, at) => {
          const spent = fulfills &&
            others.get(fulfills.transaction_id)?.outputs[fulfills.output_index];
          return (
            <FlowPart
              key={at}
              what={fulfills === null
                ? <span class="muted">begins it</span>
                : <span class="flow-amount">{spent?.amount ?? "?"}</span>}
              who={<KeyLinks ledger={ledger} keys={owners_before} chars={44} />}
              note={fulfills !== null && (
                <>
                  of <TxLink ledger={ledger} id={fulfills.transaction_id} chars={18} /> ·{" "}
                  {fulfills.output_index}
                </>
              )}
            />
          );
        }),
      }}
      to={{
        title: "Outputs",
        none: "None",
        parts: tx.outputs.map((output, at) => {
          const spender = spenders.get(placeName(tx.id, at));
          return (
            <FlowPart
              key={at}
              what={
                <>
                  <span class="flow-amount">{output.amount}</span> <Threshold output={output} />
                </>
              }
              who={<KeyLinks ledger={ledger} keys={output.public_keys} chars={44} />}
              note={spender === undefined ? <Tag tone="good">unspent</Tag> : (
                <>
                  spent by <TxLink ledger={ledger} id={spender} chars={18} />
                </>
              )}
              isOver={spender !== undefined}
            />
          );
        }),
      }}
    />
  );
}

function Threshold({ output }: { readonly output: BigchainTx["outputs"][number] }) {
  const { condition: { details }, public_keys } = output;
  if (details.threshold === undefined) return null;
  return <Tag>{details.threshold} of {public_keys.length}</Tag>;
}

async function readSeen(
  ledger: BigchainLedger,
  id: string,
  signal: AbortSignal,
): Promise<TxSeen> {
  const tx = await askBigchain<BigchainTx>(ledger, `transactions/${id}`, signal);
  const [block, others] = await Promise.all([
    askBigchain<readonly number[] | { readonly height: number }>(
      ledger,
      `blocks?transaction_id=${id}`,
      signal,
    ),
    transactionsOf(ledger, assetIdsOf(tx), signal),
  ]);
  return {
    tx,
    // One ledger answers with a list of heights, the other with the block.
    height: "height" in block ? block.height : block[0],
    spenders: spendersIn(others),
    others: new Map(others.map((other) => [other.id, other])),
  };
}
