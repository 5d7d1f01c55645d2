import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { readEvents } from "../../data/chains.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Figures } from "../../parts/facts.tsx";
import { useLiveResource } from "../common/live.ts";
import { Pager } from "../common/pager.tsx";
import { HieraHead } from "./head.tsx";
import type { ChainStats, HieraBlock, HieraEvent } from "./model.ts";
import {
  eventName,
  lastHieraBlocks,
  LEDGER_API,
  logNameOf,
  MAIN_CHAIN,
  treePath,
  useHiera,
} from "./ledger.ts";
import { EntityLink, HieraBlockLink } from "./links.tsx";

/** Rows of a page of blocks, and of the last events. */
const PAGE = 15;
const LATEST = 8;

interface LatestEvent extends HieraEvent {
  readonly offset: number;
}

/** A chain of the tree: its blocks, each linked to the one before, and its last events. */
export function HieraChainScreen({ params: { name = "" }, query }: ScreenProps) {
  const before = query.get("before") ?? undefined;
  const stats = useHiera<ChainStats>(`${treePath(name)}/stats`);
  // One more than is shown: whether the last is linked is seen by the one below it.
  const blocks = useLiveResource(
    `hierachain blocks ${name} ${before}`,
    (signal) => lastHieraBlocks(name, { limit: PAGE + 1, before }, signal),
    before === undefined ? "hierachain" : undefined,
  );
  const here = pathOf("hierachain", "chain", name);
  const shown = blocks.value?.slice(0, PAGE);
  const oldest = shown?.at(-1);
  const isMore = (blocks.value?.length ?? 0) > PAGE;
  return (
    <>
      <HieraHead
        title={name}
        about={name === MAIN_CHAIN ? "The root chain" : "A chain that hangs from the root"}
        actions={<a class="button" href={hrefOf(pathOf("chain", logNameOf(name)))}>Its log</a>}
      />
      <Figures
        facts={{
          Blocks: stats.value ? count(stats.value.total_blocks) : "–",
          "Events in blocks": stats.value ? count(stats.value.total_events) : "–",
          ...name === MAIN_CHAIN
            ? {
              Proofs: count(stats.value?.proof_count ?? 0),
              "Chains below": count(stats.value?.registered_sub_chains ?? 0),
            }
            : {},
        }}
      />
      {before === undefined && <LatestEvents chain={name} />}
      <Section
        title="Blocks"
        side={
          <Pager
            first={before === undefined ? undefined : hrefOf(here)}
            next={isMore && oldest ? hrefOf(here, { before: `${oldest.offset}` }) : undefined}
          />
        }
      >
        <Shown of={blocks} lines={8}>
          {(all) => (
            <Table
              caption="Blocks"
              columns={blockColumns(name, all)}
              rows={all.slice(0, PAGE)}
              rowKey={({ index }) => `${index}`}
              empty={
                <Empty title="No blocks">A chain begins with one, so there is no such chain.</Empty>
              }
            />
          )}
        </Shown>
      </Section>
      <SameAs
        requests={[
          { path: `${LEDGER_API}${treePath(name)}/stats` },
          { path: `${LEDGER_API}${treePath(name)}/blocks?limit=10` },
          { path: `v1/stream/${logNameOf(name)}?offset=now`, isStream: true },
        ]}
      />
    </>
  );
}

function blockColumns(
  chain: string,
  blocks: readonly HieraBlock[],
): readonly Column<HieraBlock>[] {
  const hashes = new Map(blocks.map(({ index, hash }) => [index, hash]));
  return [
    {
      key: "index",
      head: "Block",
      width: "80px",
      cell: ({ index }) => <HieraBlockLink chain={chain} index={index} />,
    },
    { key: "hash", head: "Hash", cell: ({ hash }) => <Mono text={hash} chars={36} /> },
    {
      key: "linked",
      head: "Names the block before",
      width: "200px",
      cell: ({ index, previousHash }) => (
        <Linked of={previousHash} by={hashes.get(index - 1)} index={index} />
      ),
    },
    {
      key: "root",
      head: "Merkle root",
      width: "184px",
      cell: ({ merkleRoot }) => (
        <span class="muted">
          <Mono text={merkleRoot} chars={20} />
        </span>
      ),
    },
    {
      key: "events",
      head: "Events",
      width: "80px",
      isNumber: true,
      cell: ({ events }) => count(events),
    },
    agoColumn(({ timestamp }) => timestamp * 1_000, { head: "Closed" }),
  ];
}

function Linked(
  { of, by, index }: {
    readonly of: string;
    readonly by: string | undefined;
    readonly index: number;
  },
) {
  if (index === 0) return <span class="muted">it is the first</span>;
  if (by === undefined) return <span class="muted">…</span>;
  return of === by ? <Tag tone="good">linked</Tag> : <Tag tone="bad">not linked</Tag>;
}

function LatestEvents({ chain }: { readonly chain: string }) {
  const events = useLiveResource(
    `hierachain events ${chain}`,
    async (signal) => {
      const asked = { from: "latest", backward: true, limit: LATEST, types: ["event"] };
      const found = await readEvents(logNameOf(chain), asked, signal);
      return found.map(({ data, offset }): LatestEvent => ({ ...data as HieraEvent, offset }));
    },
    "hierachain",
  );
  return (
    <Section title="Latest events">
      <Shown of={events} lines={LATEST}>
        {(rows) => (
          <Table
            caption="Latest events"
            columns={eventColumns(chain)}
            rows={rows}
            rowKey={({ offset }) => `${offset}`}
            empty={<Empty title="No events yet">What is sent to it is shown here at once.</Empty>}
          />
        )}
      </Shown>
    </Section>
  );
}

function eventColumns(chain: string): readonly Column<LatestEvent>[] {
  return [
    {
      key: "event",
      head: "Event",
      width: "260px",
      cell: (event) => (
        <a href={hrefOf(pathOf("hierachain", "chain", chain, "event", `${event.offset}`))}>
          {eventName(event)}
        </a>
      ),
    },
    {
      key: "entity",
      head: "Entity",
      cell: ({ entity_id }) => <EntityLink entity={entity_id} chars={48} />,
    },
    agoColumn(({ timestamp }) => timestamp * 1_000, { width: "112px" }),
  ];
}
