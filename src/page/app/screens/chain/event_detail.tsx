import { useMemo } from "preact/hooks";
import { count, dateTime } from "../../base/format.ts";
import { sha256Hex } from "../../base/hash.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { type LogEvent, readEvents } from "../../data/chains.ts";
import { useResource } from "../../data/resource.ts";
import { copied, Copyable } from "../../parts/copyable.tsx";
import { JsonTree } from "../../parts/json_tree.tsx";
import { Shown } from "../../parts/states.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Tag } from "../../parts/link.tsx";

/** Events around one that are read to see where its commit begins and ends. */
const AROUND = 40;

/** One event, beside the list. */
export function EventDetail(
  { chain, offset, next, select, close }: {
    readonly chain: string;
    readonly offset: number;
    /** The offset of the event that comes next. */
    readonly next: number;
    readonly select: (offset: number) => void;
    readonly close: () => void;
  },
) {
  const isThere = offset < next;
  const from = Math.max(0, offset - AROUND);
  const around = useResource(
    `${chain} ${offset} ${isThere}`,
    async (signal) => {
      // What is behind the end is no place to read from.
      if (!isThere) return [];
      return await readEvents(chain, { from: String(from), limit: offset - from + AROUND }, signal);
    },
  );
  return (
    <aside class="detail card" aria-label={`Event ${offset}`}>
      <div class="detail-head">
        <h2>Event {count(offset)}</h2>
        <div class="row">
          <button
            type="button"
            class="button button-quiet"
            aria-label="Older event"
            disabled={offset === 0}
            onClick={() => select(offset - 1)}
          >
            ↓
          </button>
          <button
            type="button"
            class="button button-quiet"
            aria-label="Newer event"
            disabled={offset + 1 >= next}
            onClick={() => select(offset + 1)}
          >
            ↑
          </button>
          <button type="button" class="button button-quiet" aria-label="Close" onClick={close}>
            ✕
          </button>
        </div>
      </div>
      <Shown of={around} lines={8}>
        {(events) => {
          const event = events.find((one) => one.offset === offset);
          return event === undefined
            ? <p class="muted">The chain has no such event yet.</p>
            : <Whole chain={chain} event={event} around={events} />;
        }}
      </Shown>
    </aside>
  );
}

function Whole(
  { chain, event, around }: {
    readonly chain: string;
    readonly event: LogEvent;
    readonly around: readonly LogEvent[];
  },
) {
  const { id, time, type, keys = [], producer } = event;
  const value = event.data ?? event.text ?? event.base64;
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return (
    <>
      <Facts
        facts={{
          Id: <Copyable text={id} label="Copy the id" />,
          Committed: `${dateTime(time)} UTC`,
          Type: <Tag>{type}</Tag>,
          Keys: keys.length === 0 ? undefined : (
            <span class="row">
              {keys.map((key) => (
                <a
                  key={key}
                  class="mono"
                  title="Only events with this key"
                  href={hrefOf(pathOf("chain", chain), { keys: key })}
                >
                  {key}
                </a>
              ))}
            </span>
          ),
          Commit: commitOf(event, around),
          Producer: producer && `${producer.id}, epoch ${producer.epoch}, number ${producer.seq}`,
          "SHA-256 of data": <DataHash text={hashedText(event)} />,
        }}
      />
      <div class="detail-data">
        <div class="section-head">
          <h3>Data</h3>
          <button type="button" class="choice" onClick={() => copied(text)}>copy</button>
        </div>
        <JsonTree value={value} />
      </div>
    </>
  );
}

/** Which events were committed together with one, as far as those around it tell. */
function commitOf({ offset }: LogEvent, around: readonly LogEvent[]): string {
  const at = around.findIndex((one) => one.offset === offset);
  let first = at;
  while (around[first - 1]?.more === true) first--;
  let last = at;
  while (around[last]?.more === true && last < around.length - 1) last++;
  const [from = 0, to = 0] = [around[first]?.offset, around[last]?.offset];
  const many = last - first + 1;
  const isCut = (first === 0 && from > 0) || around[last]?.more === true;
  if (isCut) return `part of a commit of ${count(many)} events and more`;
  return many === 1
    ? "this event alone"
    : `events ${count(from)} to ${count(to)}, ${count(many)} together`;
}

function hashedText(event: LogEvent): string | undefined {
  return event.base64 === undefined ? event.text ?? JSON.stringify(event.data) : undefined;
}

function DataHash({ text }: { readonly text: string | undefined }) {
  const hash = useMemo(() => text === undefined ? undefined : sha256Hex(text), [text]);
  return hash === undefined
    ? <span class="muted">–</span>
    : <Copyable text={hash} chars={24} label="Copy the hash" />;
}
