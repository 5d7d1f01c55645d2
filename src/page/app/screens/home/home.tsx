import { useStore } from "../../base/store.ts";
import { byteSize, count, duration, shortened } from "../../base/format.ts";
import { useNow } from "../../parts/ago.tsx";
import { theFeed } from "../../data/feed.ts";
import { useResource } from "../../data/resource.ts";
import { listLedgers, readReadiness } from "../../data/server.ts";
import { readServer, type ServerFacts } from "../../data/watching.ts";
import { PageHead, Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { Tag } from "../../parts/link.tsx";
import { FeedList } from "./feed_list.tsx";
import { LedgerTable } from "./ledger_table.tsx";
import { StatsStrip } from "./stats_strip.tsx";

/** Milliseconds between two looks at the server, and at its health. */
const LOOK_MS = 5_000;

/** All ledgers, and all that happens. */
export function Home() {
  const ledgers = useResource("ledgers", listLedgers);
  const { value: server } = useResource("server", readServer, LOOK_MS);
  return (
    <>
      <PageHead title="Ledgerline" about={<Summary server={server} />} actions={<Health />} />
      <StatsStrip />
      <Section title="Ledgers">
        <Shown of={ledgers} lines={6}>
          {(entries) => <LedgerTable ledgers={entries} ports={server?.ports ?? []} />}
        </Shown>
      </Section>
      <FeedList />
      <SameAs
        requests={[{ path: "v1/chains" }, { path: "v1/stream/hello?offset=-1", isStream: true }]}
      />
    </>
  );
}

/** What is there, and what serves it. */
function Summary({ server }: { readonly server: ServerFacts | undefined }) {
  const chains = useStore(theFeed.chains);
  const now = useNow();
  if (chains === undefined) return <>…</>;
  const events = chains.reduce((sum, chain) => sum + chain.events, 0);
  return (
    <span class="row facts-line">
      <span>{count(events)} events in {count(chains.length)} chains</span>
      {server !== undefined && (
        <>
          <span>version {server.version}</span>
          <span>up {duration(now - Date.parse(server.startedAt))}</span>
          {server.store !== null && (
            <span class="mono" title={server.store.description}>
              {shortened(server.store.description, 40)}
              {server.store.bytes !== null && ` ${byteSize(server.store.bytes)}`}
            </span>
          )}
        </>
      )}
    </span>
  );
}

function Health() {
  const { value, error } = useResource("health", readReadiness, LOOK_MS);
  if (error !== undefined) return <Tag tone="bad">no answer</Tag>;
  if (value === undefined) return <Tag>…</Tag>;
  const bad = Object.entries(value.checks).filter(([, state]) => state !== "ok");
  return (
    <>
      {value.damaged !== undefined && <Tag tone="bad">{count(value.damaged)} damaged</Tag>}
      {bad.map(([name, state]) => <Tag key={name} tone="bad">{name}: {state}</Tag>)}
      {bad.length === 0 && <Tag tone="good">ready</Tag>}
    </>
  );
}
