import { count } from "../../base/format.ts";
import { pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Copyable } from "../../parts/copyable.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import type { Whole } from "../common/whole.ts";
import { type Change, changesOf } from "./changes.ts";
import { HathorHead } from "./head.tsx";
import { kindOf, tokenAmount } from "./node/kinds.ts";
import type { ListedVertex } from "./node/answers.ts";
import { NODE } from "./node/node.ts";
import { usePage } from "./node/pages.tsx";
import { useNode } from "./node/use_node.ts";
import { STATE_COLUMN, TokenLink, VertexLink } from "./vertex_table.tsx";

interface TokenBalance {
  readonly uid: string;
  readonly name: string;
  readonly symbol: string;
  readonly received: Whole;
  readonly spent: Whole;
}

interface BalanceAnswer {
  readonly total_transactions: number;
  readonly tokens_data: Readonly<Record<string, Omit<TokenBalance, "uid">>>;
}

const BALANCES: readonly Column<TokenBalance>[] = [
  {
    key: "token",
    head: "Token",
    cell: ({ uid, symbol }) => <TokenLink uid={uid} symbol={symbol} />,
  },
  { key: "name", head: "Name", cell: ({ name }) => name },
  amount("received", "Received", ({ received }) => received),
  amount("spent", "Spent", ({ spent }) => spent),
  amount("balance", "Balance", ({ received, spent }) => BigInt(received) - BigInt(spent)),
];

function amount(
  key: string,
  head: string,
  value: (row: TokenBalance) => Whole,
): Column<TokenBalance> {
  return { key, head, isNumber: true, width: "180px", cell: (row) => tokenAmount(value(row)) };
}

/** An address: what it has, and what has moved it. */
export function HathorAddress({ params: { address = "" }, query }: ScreenProps) {
  const balancePath = `thin_wallet/address_balance?address=${address}`;
  const balance = useNode<BalanceAnswer>(balancePath);
  const { path, page, pager } = usePage(
    `thin_wallet/address_search?address=${address}`,
    pathOf("hathor", "address", address),
    query,
  );
  const total = balance.value?.total_transactions;
  const symbols = new Map(
    Object.entries(balance.value?.tokens_data ?? {}).map(([uid, { symbol }]) => [uid, symbol]),
  );
  return (
    <>
      <HathorHead title="Address" about={<Copyable text={address} label="Copy the address" />} />
      <Section title="Balances">
        <Shown of={balance} lines={2}>
          {({ tokens_data }) => (
            <Table
              caption="Balances"
              columns={BALANCES}
              rows={Object.entries(tokens_data).map(([uid, data]) => ({ uid, ...data }))}
              rowKey={({ uid }) => uid}
              empty={
                <Empty title="It has never had anything">What is paid to it is shown here.</Empty>
              }
            />
          )}
        </Shown>
      </Section>
      <Section
        title={total === undefined ? "History" : `History of ${count(total)}`}
        side={pager}
      >
        <Shown of={page} lines={6}>
          {({ transactions }) => (
            <Table
              caption="History"
              columns={historyColumns(address, symbols)}
              rows={transactions}
              rowKey={({ tx_id }) => tx_id}
              empty={<Empty title="Nothing has moved it" />}
            />
          )}
        </Shown>
      </Section>
      <SameAs requests={[{ path: NODE + balancePath }, { path: NODE + path }]} />
    </>
  );
}

function historyColumns(
  address: string,
  symbols: ReadonlyMap<string, string>,
): readonly Column<ListedVertex>[] {
  return [
    agoColumn(({ timestamp }) => timestamp * 1_000, { width: "112px" }),
    { key: "hash", head: "Hash", cell: ({ tx_id }) => <VertexLink hash={tx_id} chars={36} /> },
    { key: "kind", head: "Kind", width: "132px", cell: ({ version }) => kindOf(version) },
    STATE_COLUMN,
    {
      key: "change",
      head: "Change",
      width: "240px",
      isNumber: true,
      cell: (vertex) =>
        changesOf(vertex, address).map((change) => (
          <ChangeText key={change.token} change={change} symbols={symbols} />
        )),
    },
  ];
}

function ChangeText(
  { change: { token, value }, symbols }: {
    readonly change: Change;
    readonly symbols: ReadonlyMap<string, string>;
  },
) {
  return (
    <span class={`change ${value > 0n ? "change-in" : "change-out"}`}>
      {value > 0n ? "+" : ""}
      {tokenAmount(value)} {symbols.get(token) ?? `${token.slice(0, 6)}…`}
    </span>
  );
}
