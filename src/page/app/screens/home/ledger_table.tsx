import { count, perSecond } from "../../base/format.ts";
import { hrefOf } from "../../base/place.ts";
import { useStore } from "../../base/store.ts";
import { addressOf } from "../../data/api.ts";
import { ledgerOf } from "../../data/chains.ts";
import { type FedEvent, theFeed } from "../../data/feed.ts";
import { useResource } from "../../data/resource.ts";
import { heightOf, type LedgerEntry } from "../../data/server.ts";
import type { ServerFacts } from "../../data/watching.ts";
import { Ago, useNow } from "../../parts/ago.tsx";
import { Copyable } from "../../parts/copyable.tsx";
import { LineChart } from "../../parts/line_chart.tsx";
import { Dot, Tag } from "../../parts/link.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** Milliseconds between two looks at how high ledgers are. */
const HEIGHT_MS = 5_000;

/** Seconds over which the number beside the line is taken. */
const RATE_SECONDS = 5;

/** A ledger, and what is known of it at the moment. */
interface LedgerRow extends LedgerEntry {
  /** Its own port's, or where it is on the main one. */
  readonly address: string;
  readonly chains: number;
  readonly events: number;
  readonly rates: readonly number[];
  readonly last: FedEvent | undefined;
}

const COLUMNS: readonly Column<LedgerRow>[] = [
  {
    key: "ledger",
    head: "Ledger",
    width: "144px",
    cell: ({ name, title }) => (
      <a class="chain-name" href={hrefOf("/chains", { of: name })}>
        <Dot ledger={name} />
        {title}
      </a>
    ),
  },
  {
    key: "address",
    head: "Address",
    cell: ({ address }) => (
      <Copyable
        text={address}
        shown={address.replace(/^https?:\/\//, "")}
        label="Copy the address"
      />
    ),
  },
  {
    key: "height",
    head: "Height",
    width: "72px",
    isNumber: true,
    cell: (row) => <Height ledger={row} />,
  },
  {
    key: "chains",
    head: "Chains",
    width: "72px",
    isNumber: true,
    cell: (row) => count(row.chains),
  },
  {
    key: "events",
    head: "Events",
    width: "88px",
    isNumber: true,
    cell: (row) => count(row.events),
  },
  {
    key: "rate",
    head: "Events a second",
    width: "148px",
    cell: ({ title, rates }) => (
      <span class="rate">
        <LineChart values={rates} label={`Events of ${title}`} />
        <span class="rate-number">{perSecond(meanOf(rates))}</span>
      </span>
    ),
  },
  {
    key: "last",
    head: "Last event",
    width: "224px",
    cell: ({ last }) =>
      last === undefined ? <span class="muted">none yet</span> : (
        <span class="last">
          <Tag>{last.type ?? "message"}</Tag>
          <span class="muted">
            <Ago time={last.time} />
          </span>
        </span>
      ),
  },
];

/** Each ledger: where it is, how far it is, and how much happens in it. */
export function LedgerTable(
  { ledgers, ports }: {
    readonly ledgers: readonly LedgerEntry[];
    readonly ports: NonNullable<ServerFacts["ports"]>;
  },
) {
  const chains = useStore(theFeed.chains) ?? [];
  useNow();
  const rows = ledgers.map((ledger) => {
    const own = chains.filter(({ chain }) => ledgerOf(chain) === ledger.name);
    return {
      ...ledger,
      address: ports.find(({ setting }) => setting === `${ledger.name}-port`)?.origin ??
        addressOf(ledger.prefix.slice(1)),
      chains: own.length,
      events: own.reduce((sum, { events }) => sum + events, 0),
      rates: theFeed.rates(ledger.name),
      last: theFeed.lastOf(ledger.name),
    };
  });
  return <Table caption="Ledgers" columns={COLUMNS} rows={rows} rowKey={({ name }) => name} />;
}

function Height({ ledger }: { readonly ledger: LedgerEntry }) {
  const load = (signal: AbortSignal) => heightOf(ledger, signal);
  const { value } = useResource(`height ${ledger.name}`, load, HEIGHT_MS);
  return value === undefined ? <span class="muted">–</span> : <>{count(value)}</>;
}

function meanOf(rates: readonly number[]): number {
  const last = rates.slice(-RATE_SECONDS);
  return last.length === 0 ? 0 : last.reduce((sum, value) => sum + value, 0) / last.length;
}
