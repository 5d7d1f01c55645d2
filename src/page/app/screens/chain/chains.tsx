import { useState } from "preact/hooks";
import type { ScreenProps } from "../../base/screen.ts";
import { byteSize, count, perSecond } from "../../base/format.ts";
import { useStore } from "../../base/store.ts";
import { type ChainSummary, ledgerOf } from "../../data/chains.ts";
import { theFeed } from "../../data/feed.ts";
import { Ago } from "../../parts/ago.tsx";
import { ChainLink, Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { PartField } from "../../parts/part_field.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** Rows that are shown at once; the rest is found by their names. */
const ROWS = 500;

const COLUMNS: readonly Column<ChainSummary>[] = [
  {
    key: "chain",
    head: "Chain",
    cell: ({ chain, damaged }) => (
      <>
        <ChainLink chain={chain} /> {damaged !== undefined && <Tag tone="bad">damaged</Tag>}
      </>
    ),
    sort: ({ chain }) => chain,
  },
  {
    key: "events",
    head: "Events",
    width: "112px",
    isNumber: true,
    cell: ({ events }) => count(events),
    sort: ({ events }) => events,
  },
  {
    key: "commits",
    head: "Commits",
    width: "112px",
    isNumber: true,
    cell: ({ commits }) => count(commits),
    sort: ({ commits }) => commits,
  },
  {
    key: "bytes",
    head: "Size",
    width: "104px",
    isNumber: true,
    cell: ({ bytes }) => byteSize(bytes),
    sort: ({ bytes }) => bytes,
  },
  {
    key: "rate",
    head: "A second",
    width: "104px",
    isNumber: true,
    cell: ({ rate }) => rate === null ? "–" : perSecond(rate),
    sort: ({ rate }) => rate ?? -1,
  },
  {
    key: "time",
    head: "Last commit",
    width: "128px",
    isNumber: true,
    cell: ({ time }) => <span class="muted">{time === 0 ? "–" : <Ago time={time} />}</span>,
    sort: ({ time }) => time,
  },
];

/** All chains that the key may read. */
export function Chains({ query }: ScreenProps) {
  const [text, setText] = useState(query.get("of") ?? "");
  const chains = {
    value: useStore(theFeed.chains),
    error: useStore(theFeed.failure),
    reload: () => void theFeed.look(),
  };
  return (
    <>
      <PageHead
        title="Chains"
        about="Every chain is one log: its events have the offsets 0, 1, 2, … without a gap."
        actions={
          <PartField
            label="Only chains with this in their name"
            of="name"
            text={text}
            set={setText}
          />
        }
      />
      <Shown of={chains} lines={10}>
        {(all) => {
          const own = all.filter((one) => one.chain.includes(text) || ledgerOf(one.chain) === text);
          return (
            <>
              <Table
                caption="Chains"
                columns={COLUMNS}
                rows={own.slice(0, ROWS)}
                rowKey={({ chain }) => chain}
                order={{ key: "time", isDown: true }}
                empty={
                  <Empty title={all.length === 0 ? "No chains yet" : "No chain has that name"}>
                    {all.length === 0
                      ? "The first event that is written makes one."
                      : `${count(all.length)} chains have other names.`}
                  </Empty>
                }
              />
              {own.length > ROWS && (
                <p class="about">{count(own.length - ROWS)} more: say a part of their name.</p>
              )}
            </>
          );
        }}
      </Shown>
      <SameAs requests={[{ path: "v1/chains" }]} />
    </>
  );
}
