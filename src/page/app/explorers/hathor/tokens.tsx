import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Facts } from "../../parts/facts.tsx";
import type { Whole } from "../common/whole.ts";
import { HathorHead } from "./head.tsx";
import { tokenAmount } from "./node/kinds.ts";
import { NATIVE_UID, NODE } from "./node/node.ts";
import { usePage } from "./node/pages.tsx";
import { useNode } from "./node/use_node.ts";
import { TokenLink, transactionColumns, VertexLink, VertexTable } from "./vertex_table.tsx";

/** A token of the list. */
interface ListedToken {
  readonly uid: string;
  readonly name: string;
  readonly symbol: string;
  readonly version: number;
}

interface Authority {
  readonly tx_id: string;
  readonly index: number;
}

interface TokenAnswer extends Omit<ListedToken, "uid"> {
  readonly total: Whole;
  readonly transactions_count: number;
  readonly mint: readonly Authority[];
  readonly melt: readonly Authority[];
}

const PAID: Readonly<Record<number, string>> = {
  0: "the network's own",
  1: "by a deposit",
  2: "by fees",
};

const COLUMNS: readonly Column<ListedToken>[] = [
  {
    key: "symbol",
    head: "Symbol",
    width: "112px",
    sort: ({ symbol }) => symbol,
    cell: (token) => <TokenLink {...token} />,
  },
  { key: "name", head: "Name", width: "260px", sort: ({ name }) => name, cell: ({ name }) => name },
  { key: "paid", head: "Paid for", width: "132px", cell: ({ version }) => PAID[version] },
  { key: "uid", head: "Id", cell: ({ uid }) => <Mono text={uid} chars={44} /> },
];

/** All tokens that were created. */
export function HathorTokens() {
  const path = "thin_wallet/token";
  const tokens = useNode<{ readonly tokens: readonly ListedToken[]; readonly truncated: boolean }>(
    path,
  );
  return (
    <>
      <HathorHead
        title="Tokens"
        about={tokens.value?.truncated
          ? "The first of them, in the order of their ids"
          : "Those that were created, beside the network's own"}
        actions={<a class="button" href={hrefOf(pathOf("hathor", "token", NATIVE_UID))}>HTR</a>}
      />
      <Shown of={tokens} lines={6}>
        {({ tokens }) => (
          <Table
            caption="Tokens"
            columns={COLUMNS}
            rows={tokens}
            rowKey={({ uid }) => uid}
            order={{ key: "symbol", isDown: false }}
            empty={
              <Empty title="No tokens yet">
                A transaction that creates one makes it, and it is shown here at once.
              </Empty>
            }
          />
        )}
      </Shown>
      <SameAs requests={[{ path: NODE + path }]} />
    </>
  );
}

/** A token: how much there is, who may make more, and what has moved it. */
export function HathorToken({ params: { uid = "" }, query }: ScreenProps) {
  const path = `thin_wallet/token?id=${uid}`;
  const token = useNode<TokenAnswer>(path);
  const { value } = token;
  const isNative = uid === NATIVE_UID;
  return (
    <>
      <HathorHead
        title={value === undefined ? "Token" : `${value.name} (${value.symbol})`}
        about={<Copyable text={uid} label="Copy the id" />}
        actions={value && (value.mint.length + value.melt.length > 0
          ? <Tag tone="accent">can change in number</Tag>
          : <Tag>fixed in number</Tag>)}
      />
      <Shown of={token} lines={4}>
        {(value) => (
          <div class="card card-body section">
            <Facts
              facts={{
                "In all": `${tokenAmount(value.total)} ${value.symbol}`,
                // Those of the network's own are all there are, and not counted here.
                ...!isNative && { Transactions: count(value.transactions_count) },
                "Paid for": PAID[value.version],
                "May mint": <Authorities of={value.mint} />,
                "May melt": <Authorities of={value.melt} />,
              }}
            />
          </div>
        )}
      </Shown>
      {!isNative && <TokenHistory uid={uid} query={query} />}
      <SameAs requests={[{ path: NODE + path }]} />
    </>
  );
}

function Authorities({ of }: { readonly of: readonly Authority[] }) {
  if (of.length === 0) return <span class="muted">nobody</span>;
  return (
    <span class="stacked">
      {of.map(({ tx_id, index }) => (
        <span key={`${tx_id} ${index}`}>
          who can spend <VertexLink hash={tx_id} chars={28} /> · {index}
        </span>
      ))}
    </span>
  );
}

function TokenHistory(
  { uid, query }: { readonly uid: string; readonly query: URLSearchParams },
) {
  const list = `thin_wallet/token_history?id=${uid}`;
  const { page, pager } = usePage(list, pathOf("hathor", "token", uid), query);
  return (
    <Section
      title="What has moved it"
      side={pager}
    >
      <Shown of={page} lines={4}>
        {({ transactions }) => (
          <VertexTable
            caption="What has moved it"
            columns={transactionColumns(uid)}
            vertices={transactions}
            empty={<Empty title="Nothing has moved it" />}
          />
        )}
      </Shown>
    </Section>
  );
}
