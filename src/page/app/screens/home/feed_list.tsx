import { errorOf } from "../../base/error.ts";
import { useState } from "preact/hooks";
import { clockTime, count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { preview } from "../../base/preview.ts";
import { useStore } from "../../base/store.ts";
import { isUntouched, ledgerOf, sendFirstEvent } from "../../data/chains.ts";
import { type FedEvent, theFeed } from "../../data/feed.ts";
import { Dot, Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { Empty, Loading } from "../../parts/states.tsx";

/** Rows that are shown. */
const ROWS = 24;

/** Characters of an event's data that are shown. */
const PREVIEW = 160;

/** Everything that comes, newest first, until it is paused. */
export function FeedList() {
  useStore(theFeed.news);
  const chains = useStore(theFeed.chains);
  const [held, hold] = useState<{ readonly events: readonly FedEvent[]; at: number } | undefined>();
  const events = held?.events ?? theFeed.newest(ROWS);
  const missed = held === undefined ? 0 : theFeed.total - held.at;
  const toggle = () =>
    hold(held === undefined ? { events: theFeed.newest(ROWS), at: theFeed.total } : undefined);
  return (
    <Section
      title="Everything, live"
      side={
        <>
          {missed > 0 && <span class="muted" role="status">{count(missed)} more</span>}
          <button type="button" class="button" onClick={toggle} disabled={events.length === 0}>
            {held === undefined ? "Pause" : "Go on"}
          </button>
        </>
      }
    >
      {chains !== undefined && isUntouched(chains) && <NothingYet />}
      {chains === undefined && events.length === 0
        ? <Loading lines={8} />
        : <Rows events={events} />}
    </Section>
  );
}

function Rows({ events }: { readonly events: readonly FedEvent[] }) {
  return (
    <ul class="feed card" aria-label="Events, newest first">
      {events.map((event, row) => (
        // A row that holds another event costs less than another row.
        <li key={row}>
          <FeedRow event={event} />
        </li>
      ))}
    </ul>
  );
}

function FeedRow({ event: { chain, id, time, type, keys, data } }: { readonly event: FedEvent }) {
  return (
    <a class="feed-row" href={hrefOf(pathOf("chain", chain), { at: id })}>
      <span class="mono muted">{clockTime(Date.parse(time))}</span>
      <span class="feed-chain">
        <Dot ledger={ledgerOf(chain)} />
        <span>{chain}</span>
      </span>
      <span class="feed-type">
        <Tag>{type ?? "message"}</Tag>
      </span>
      <span class="feed-data mono">
        {keys?.slice(0, 2).map((key) => <span key={key} class="feed-key">{key}</span>)}
        {preview(data, PREVIEW)}
      </span>
    </a>
  );
}

function NothingYet() {
  const [error, setError] = useState<Error | undefined>();
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      await sendFirstEvent();
      setError(undefined);
    } catch (failure) {
      setError(errorOf(failure));
    }
    setBusy(false);
  };
  return (
    <Empty
      title="Nothing here yet"
      action={
        <button type="button" class="button button-main" onClick={send} disabled={isBusy}>
          Send a first event
        </button>
      }
    >
      Whatever is committed, to whichever ledger, is shown here as it happens.
      {error !== undefined && <span class="note-bad">{error.message}</span>}
    </Empty>
  );
}
