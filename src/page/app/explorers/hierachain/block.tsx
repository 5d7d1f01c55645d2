import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Mono, Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { FullTime } from "../common/full_time.tsx";
import { checkBlock } from "./block_check.ts";
import { detailsText } from "./details.ts";
import { HieraHead } from "./head.tsx";
import type { HieraEvent } from "./model.ts";
import { askHieraText, eventName, LEDGER_API, treePath } from "./ledger.ts";
import { EntityLink, proofHref, TreeLink } from "./links.tsx";

/** Events of a block that are listed. */
const SHOWN = 200;

interface Row extends HieraEvent {
  readonly position: number;
  readonly leaf: string;
}

/** A block: its hash computed anew of its events, and the events. */
export function HieraBlockScreen({ params: { name = "", block = "" } }: ScreenProps) {
  const path = `${treePath(name)}/blocks/${block}`;
  const seen = useResource(
    `hierachain ${path}`,
    async (signal) => checkBlock(await askHieraText(path, signal)),
  );
  const index = seen.value?.index;
  const hrefTo = (at: number) => hrefOf(pathOf("hierachain", "chain", name, "block", `${at}`));
  return (
    <>
      <HieraHead
        title={`Block ${index === undefined ? block : count(index)}`}
        about={
          <>
            of <TreeLink chain={name} />
          </>
        }
        actions={index !== undefined && (
          <>
            {index > 0 && <a class="button" href={hrefTo(index - 1)}>Before</a>}
            <a class="button" href={hrefTo(index + 1)}>After</a>
          </>
        )}
      />
      <Shown of={seen} lines={10}>
        {({ hash, previousHash, merkleRoot, timestamp, events, isRight }) => (
          <>
            <div class="card card-body section">
              <Facts
                facts={{
                  Closed: <FullTime time={timestamp * 1_000} />,
                  Hash: <Copyable text={hash} label="Copy the hash" />,
                  "Block before": <Mono text={previousHash} chars={64} />,
                  "Merkle root": <Copyable text={merkleRoot} label="Copy the root" />,
                  "Computed here": isRight
                    ? <Tag tone="good">the events and the header make this hash</Tag>
                    : <Tag tone="bad">the events and the header make another hash</Tag>,
                }}
              />
            </div>
            <Section
              title="Events"
              side={
                <span class="muted">
                  {events.length > SHOWN ? `the first ${SHOWN} of ` : ""}
                  {count(events.length)}
                </span>
              }
            >
              <Table
                caption="Events"
                columns={columnsOf(name, index ?? 0)}
                rows={events.slice(0, SHOWN).map(({ text, leaf }, position): Row => ({
                  ...JSON.parse(text),
                  position,
                  leaf,
                }))}
                rowKey={({ position }) => `${position}`}
              />
            </Section>
          </>
        )}
      </Shown>
      <SameAs requests={[{ path: LEDGER_API + path }]} />
    </>
  );
}

function columnsOf(chain: string, block: number): readonly Column<Row>[] {
  return [
    {
      key: "event",
      head: "Event",
      width: "232px",
      cell: (row) => <a href={proofHref(chain, block, row.position)}>{eventName(row)}</a>,
    },
    {
      key: "entity",
      head: "Entity",
      width: "232px",
      cell: ({ entity_id }) => <EntityLink entity={entity_id} />,
    },
    {
      key: "details",
      head: "Details",
      cell: ({ details }) => <span class="mono muted">{detailsText(details)}</span>,
    },
    {
      key: "leaf",
      head: "Leaf",
      width: "184px",
      cell: ({ leaf }) => (
        <span class="muted">
          <Mono text={leaf} chars={20} />
        </span>
      ),
    },
  ];
}
