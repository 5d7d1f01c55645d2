import { shortened } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { isAuthorityOutput, isBlockVersion, kindOf, tokenAmount } from "./node/kinds.ts";
import type { ListedVertex } from "./node/answers.ts";
import { NATIVE_UID } from "./node/node.ts";
import { count } from "../../base/format.ts";
import type { ComponentChildren } from "preact";

const HASH: Column<ListedVertex> = {
  key: "hash",
  head: "Hash",
  cell: ({ tx_id }) => <VertexLink hash={tx_id} chars={44} />,
};

const TIME: Column<ListedVertex> = agoColumn(({ timestamp }) => timestamp * 1_000);

const HEIGHT: Column<ListedVertex> = {
  key: "height",
  head: "Height",
  width: "84px",
  cell: ({ height = 0, tx_id }) => (
    <a href={hrefOf(pathOf("hathor", "tx", tx_id))}>{count(height)}</a>
  ),
};

const WEIGHT: Column<ListedVertex> = {
  key: "weight",
  head: "Weight",
  width: "80px",
  isNumber: true,
  cell: ({ weight }) => weight.toFixed(2),
};

const REWARD: Column<ListedVertex> = {
  key: "reward",
  head: "Reward",
  width: "104px",
  isNumber: true,
  cell: ({ outputs }) => sumOf(outputs),
};

const KIND: Column<ListedVertex> = {
  key: "kind",
  head: "Kind",
  width: "184px",
  cell: ({ version, token_symbol }) => (
    <>
      {kindOf(version)}
      {token_symbol !== undefined && <span class="muted">{` · ${token_symbol}`}</span>}
    </>
  ),
};

/** Whether it counts. */
export const STATE_COLUMN: Column<ListedVertex> = {
  key: "state",
  head: "State",
  width: "112px",
  cell: (vertex) => <StateTag vertex={vertex} />,
};

/** How much of a token. */
function movedColumn(uid: string): Column<ListedVertex> {
  return {
    key: "moved",
    head: "Moves",
    width: "152px",
    isNumber: true,
    cell: ({ outputs }) => sumOf(outputs.filter(({ token }) => token === uid)),
  };
}

/** The columns of a list of transactions, with how much of a token each moves. */
export function transactionColumns(uid = NATIVE_UID): readonly Column<ListedVertex>[] {
  return [HASH, KIND, STATE_COLUMN, TIME, movedColumn(uid)];
}

/** The columns of a list of blocks, and of short ones of each. */
export const BLOCK_COLUMNS = [HEIGHT, HASH, TIME, WEIGHT, REWARD] as const;
export const SHORT_BLOCK_COLUMNS = [HEIGHT, HASH, TIME] as const;
export const SHORT_TRANSACTION_COLUMNS = [HASH, STATE_COLUMN, TIME] as const;

/** A list of vertices. */
export function VertexTable(
  { caption, columns, vertices, empty }: {
    readonly caption: string;
    readonly columns: readonly Column<ListedVertex>[];
    readonly vertices: readonly ListedVertex[];
    readonly empty: ComponentChildren;
  },
) {
  return (
    <Table
      caption={caption}
      columns={columns}
      rows={vertices}
      rowKey={({ tx_id }) => tx_id}
      empty={empty}
    />
  );
}

/** Whether a vertex counts, waits or is voided. */
function StateTag({ vertex }: { readonly vertex: ListedVertex }) {
  if (vertex.is_voided) return <Tag tone="bad">voided</Tag>;
  if (isBlockVersion(vertex.version)) return <Tag tone="good">best chain</Tag>;
  return vertex.first_block === null
    ? <Tag tone="warn">waiting</Tag>
    : <Tag tone="good">confirmed</Tag>;
}

/** A link to a block or a transaction. */
export function VertexLink(
  { hash, chars = 24 }: { readonly hash: string; readonly chars?: number },
) {
  return <Mono text={hash} chars={chars} href={hrefOf(pathOf("hathor", "tx", hash))} />;
}

/** A link to an address. */
export function AddressLink({ address }: { readonly address: string }) {
  return <Mono text={address} chars={40} href={hrefOf(pathOf("hathor", "address", address))} />;
}

/** A link to a token, by its symbol. */
export function TokenLink({ uid, symbol }: { readonly uid: string; readonly symbol: string }) {
  return <a href={hrefOf(pathOf("hathor", "token", uid))}>{symbol || shortened(uid, 10)}</a>;
}

function sumOf(outputs: ListedVertex["outputs"]): string {
  const sum = outputs.filter((output) => !isAuthorityOutput(output))
    .reduce((all, { value }) => all + BigInt(value), 0n);
  return tokenAmount(sum);
}
