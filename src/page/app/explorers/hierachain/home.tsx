import { useStore } from "../../base/store.ts";
import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { theFeed } from "../../data/feed.ts";
import { Ago } from "../../parts/ago.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Figures } from "../../parts/facts.tsx";
import { useLiveResource } from "../common/live.ts";
import { type Anchor, newestAnchors, readAnchors } from "./anchors.ts";
import { HieraHead } from "./head.tsx";
import type { TreeChain } from "./model.ts";
import { askHiera, LEDGER_API, logNameOf, MAIN_CHAIN } from "./ledger.ts";
import { HieraBlockLink, TreeLink } from "./links.tsx";

interface TreeRow extends TreeChain {
  readonly isLast: boolean;
  readonly anchor: Anchor | undefined;
  /** Of the last commit, in milliseconds since the epoch. */
  readonly time: number | undefined;
}

const COLUMNS: readonly Column<TreeRow>[] = [
  { key: "chain", head: "Chain", cell: (row) => <Branch row={row} /> },
  {
    key: "blocks",
    head: "Blocks",
    width: "88px",
    isNumber: true,
    cell: ({ block_count }) => count(block_count),
  },
  {
    key: "hash",
    head: "Latest block",
    width: "300px",
    cell: ({ name, block_count, latest_block_hash: hash, damaged }) =>
      damaged ? <Tag tone="bad">damaged</Tag> : hash === null ? "–" : (
        <Mono
          text={hash}
          chars={32}
          href={hrefOf(pathOf("hierachain", "chain", name, "block", `${block_count - 1}`))}
        />
      ),
  },
  {
    key: "anchor",
    head: "Anchored in the root",
    width: "232px",
    cell: (row) => <Anchored row={row} />,
  },
  {
    key: "time",
    head: "Last event",
    width: "112px",
    cell: ({ time }) => <span class="muted">{time === undefined ? "–" : <Ago time={time} />}</span>,
  },
];

/** The tree of chains: the root, and those that hang from it. */
export function HieraHome() {
  const tree = useLiveResource(
    "hierachain tree",
    async (signal) => {
      const [chains, anchors] = await Promise.all([
        askHiera<readonly TreeChain[]>("chains", signal),
        // Whoever may not read the root chain sees the others without it.
        readAnchors(signal).catch(() => []),
      ]);
      return { chains, anchors: newestAnchors(anchors) };
    },
    "hierachain",
  );
  const times = new Map((useStore(theFeed.chains) ?? []).map(({ chain, time }) => [chain, time]));
  const rows = tree.value && rowsOf(tree.value.chains, tree.value.anchors, times);
  const subs = rows?.filter(({ type }) => type === "sub") ?? [];
  return (
    <>
      <HieraHead about="One root chain, and the chains that leave proofs in it" />
      <Figures
        facts={{
          Chains: rows ? count(rows.length) : "–",
          Blocks: rows ? count(rows.reduce((sum, row) => sum + row.block_count, 0)) : "–",
          Anchored: rows
            ? `${count(subs.filter(({ anchor }) => anchor).length)} of ${count(subs.length)}`
            : "–",
        }}
      />
      <Shown of={tree} lines={6}>
        {() => (
          <>
            <Table
              caption="Chains"
              columns={COLUMNS}
              rows={rows ?? []}
              rowKey={({ name }) => name}
              empty={<Empty title="There are no chains yet" />}
            />
            {subs.length === 0 && (
              <p class="about tree-note">
                No chain hangs from the root yet. The first is made by a POST to{" "}
                <code>api/ledger/chains/&lt;name&gt;/create</code>.
              </p>
            )}
          </>
        )}
      </Shown>
      <SameAs requests={[{ path: `${LEDGER_API}chains` }]} />
    </>
  );
}

function rowsOf(
  chains: readonly TreeChain[],
  anchors: ReadonlyMap<string, Anchor>,
  times: ReadonlyMap<string, number>,
): readonly TreeRow[] {
  return chains.map((chain, at) => ({
    ...chain,
    isLast: at === chains.length - 1,
    anchor: anchors.get(chain.name),
    time: times.get(logNameOf(chain.name)),
  }));
}

/** A chain's name, with the line that it hangs from. */
function Branch({ row: { name, type, isLast } }: { readonly row: TreeRow }) {
  return (
    <span class="branch" data-type={type} data-last={isLast}>
      <TreeLink chain={name} />
      {name === MAIN_CHAIN && <span class="muted">root</span>}
    </span>
  );
}

/** How far a chain's blocks are covered by a proof. */
function Anchored({ row: { name, type, block_count, anchor } }: { readonly row: TreeRow }) {
  if (type === "main") return null;
  if (anchor === undefined) return <span class="muted">not yet</span>;
  const isWhole = anchor.blockIndex === block_count - 1;
  return (
    <>
      <Tag tone={isWhole ? "good" : "plain"}>
        block <HieraBlockLink chain={name} index={anchor.blockIndex} />
      </Tag>{" "}
      <span class="muted">
        <Ago time={anchor.time} />
      </span>
    </>
  );
}
