import { count } from "../../base/format.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useLiveResource } from "../common/live.ts";
import { BigchainHead, type OfLedger } from "./head.tsx";
import type { BigchainLedger, PlacedTx } from "./model.ts";
import {
  apiPath,
  askBigchain,
  contentOf,
  ELECTIONS,
  lastTransactions,
  transactionsOf,
} from "./ledger.ts";
import { KeyLinks, OperationTag, TxLink } from "./links.tsx";
import { countElection, type ElectionCount } from "./votes.ts";

/** Elections that are shown, the newest first. */
const SHOWN = 20;

interface Validator {
  readonly public_key: { readonly value: string };
  readonly voting_power: number;
}

interface Election extends PlacedTx {
  readonly votes: ElectionCount;
}

/** What a change of validators proposes. */
interface Proposal {
  readonly node_id?: string;
  readonly power?: number;
}

/** Who validates, and what was put to the vote. */
export function BigchainElections({ ledger }: ScreenProps & OfLedger) {
  const validators = useLiveResource(
    `${ledger.name} validators`,
    (signal) => askBigchain<readonly Validator[]>(ledger, "validators", signal),
    ledger.name,
  );
  const elections = useLiveResource(
    `${ledger.name} elections`,
    (signal) => readElections(ledger, signal),
    ledger.name,
  );
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Elections"
        about="Validators vote by transfers; two thirds of all votes decide"
      />
      <Section title="Validators">
        <Shown of={validators} lines={2}>
          {(rows) => <Validators rows={rows} />}
        </Shown>
      </Section>
      <Section title="Elections">
        <Shown of={elections} lines={4}>
          {(rows) => (
            <Table
              caption="Elections"
              columns={electionColumns({ ledger })}
              rows={rows}
              rowKey={({ tx }) => tx.id}
              empty={
                <Empty title="Nothing was put to the vote">
                  A validator may propose others, or a migration.
                </Empty>
              }
            />
          )}
        </Shown>
      </Section>
      <SameAs requests={[{ path: apiPath(ledger, "validators") }]} />
    </>
  );
}

function Validators({ rows }: { readonly rows: readonly Validator[] }) {
  const total = rows.reduce((sum, { voting_power }) => sum + voting_power, 0);
  const columns: readonly Column<Validator>[] = [
    {
      key: "key",
      head: "Public key",
      cell: ({ public_key }) => <Mono text={public_key.value} chars={64} />,
    },
    {
      key: "power",
      head: "Power",
      width: "120px",
      isNumber: true,
      sort: ({ voting_power }) => voting_power,
      cell: ({ voting_power }) => count(voting_power),
    },
    {
      key: "share",
      head: "Share",
      width: "96px",
      isNumber: true,
      cell: ({ voting_power }) => `${(100 * voting_power / Math.max(1, total)).toFixed(1)} %`,
    },
  ];
  return (
    <Table
      caption="Validators"
      columns={columns}
      rows={rows}
      rowKey={({ public_key }) => public_key.value}
      empty={<Empty title="There are none" />}
    />
  );
}

function electionColumns({ ledger }: OfLedger): readonly Column<Election>[] {
  return [
    agoColumn(({ time }) => time),
    { key: "what", head: "Kind", width: "184px", cell: ({ tx }) => <OperationTag tx={tx} /> },
    { key: "proposes", head: "Proposes", width: "160px", cell: ({ tx }) => <Proposed tx={tx} /> },
    {
      key: "id",
      head: "Election",
      cell: ({ tx }) => <TxLink ledger={ledger} id={tx.id} chars={28} />,
    },
    {
      key: "by",
      head: "By",
      width: "184px",
      cell: ({ tx }) => <KeyLinks ledger={ledger} keys={tx.inputs[0]?.owners_before ?? []} />,
    },
    { key: "votes", head: "Votes", width: "216px", cell: ({ votes }) => <Votes votes={votes} /> },
  ];
}

function Proposed({ tx }: Pick<Election, "tx">) {
  if (tx.operation !== "VALIDATOR_ELECTION") return <span class="muted">a migration</span>;
  const content = contentOf(tx);
  // Planetmint may have several parts; elections have one.
  const { node_id, power } = (Array.isArray(content) ? content[0] : content) as Proposal;
  return power === 0 ? <>{node_id} leaves</> : <>{node_id} with power {power}</>;
}

function Votes({ votes: { total, given, isEnough } }: Pick<Election, "votes">) {
  const percent = total === 0n ? 0 : Number(given * 100n / total);
  return (
    <span class="votes">
      <span
        class="votes-bar"
        role="img"
        aria-label={`${given} of ${total} votes`}
        data-enough={isEnough}
      >
        <span style={{ width: `${percent}%` }} />
      </span>
      <span>{`${given} of ${total}`}</span>
      {isEnough && <Tag tone="good">decided</Tag>}
    </span>
  );
}

async function readElections(
  ledger: BigchainLedger,
  signal: AbortSignal,
): Promise<readonly Election[]> {
  const begun = await lastTransactions(ledger, { limit: SHOWN, types: ELECTIONS }, signal);
  const counted = begun.map(async (placed) => ({
    ...placed,
    votes: countElection(placed.tx, await transactionsOf(ledger, [placed.tx.id], signal)),
  }));
  return await Promise.all(counted);
}
