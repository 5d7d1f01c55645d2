import { count } from "../../base/format.ts";
import { ask } from "../../data/api.ts";
import { useJson } from "../../data/resource.ts";
import type { SubscriptionEntry } from "../../data/watching.ts";
import { Ago, useNow } from "../../parts/ago.tsx";
import { Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 2_000;

const PATH = "v1/subscriptions";

/** What is told to others, and how that goes. */
export function WebhooksScreen() {
  const all = useJson<{ subscriptions: readonly SubscriptionEntry[] }>(PATH, EVERY_MS);
  return (
    <>
      <PageHead
        title="Webhooks"
        about="Subscriptions: what wakes workers by webhooks and wake streams, and how that goes."
      />
      <Shown of={all} lines={6}>
        {({ subscriptions }) => (
          <Table
            caption="Subscriptions"
            columns={columns(all.reload)}
            rows={subscriptions}
            rowKey={({ id }) => id}
            order={{ key: "lag", isDown: true }}
            empty={
              <Empty title="No subscriptions">
                One is made by a PUT of <code>/v1/stream/__ds/subscriptions/…</code>{" "}
                with a pattern of streams and a webhook.
              </Empty>
            }
          />
        )}
      </Shown>
      <SameAs requests={[{ path: PATH }]} />
    </>
  );
}

function columns(reload: () => void): readonly Column<SubscriptionEntry>[] {
  return [
    {
      key: "id",
      head: "Subscription",
      width: "124px",
      cell: ({ id }) => <span class="mono" title={id}>{id}</span>,
      sort: ({ id }) => id,
    },
    {
      key: "target",
      head: "Tells",
      cell: ({ target, type }) => (
        <span class="mono" title={`${type} ${target}`}>{target.replace(/^https?:\/\//, "")}</span>
      ),
    },
    {
      key: "pattern",
      head: "Of",
      width: "116px",
      cell: ({ pattern, streams }) => (
        <span title={`${count(streams)} streams`}>
          {pattern === null ? `${count(streams)} streams` : <span class="mono">{pattern}</span>}
        </span>
      ),
    },
    {
      key: "state",
      head: "State",
      width: "92px",
      cell: ({ state }) => <Tag tone={TONES[state] ?? "plain"}>{state}</Tag>,
      sort: ({ state }) => state,
    },
    {
      key: "lag",
      head: "Behind",
      width: "76px",
      isNumber: true,
      cell: ({ lagEvents, lagStreams }) => (
        <span title={`in ${count(lagStreams)} streams`}>{count(lagEvents)}</span>
      ),
      sort: ({ lagEvents }) => lagEvents,
    },
    {
      key: "answer",
      head: "Last answer",
      width: "140px",
      cell: ({ lastAnswer }) =>
        lastAnswer === null
          ? <span class="muted">none yet</span>
          : (
            <span title={`${lastAnswer.ms} ms`}>
              {lastAnswer.status ?? lastAnswer.error}{" "}
              <span class="muted">
                <Ago time={lastAnswer.at} />
              </span>
            </span>
          ),
    },
    {
      key: "next",
      head: "Next try",
      width: "84px",
      isNumber: true,
      cell: ({ nextTryAt, failures }) =>
        nextTryAt === null ? <span class="muted">–</span> : (
          <span title={`${failures} failures`}>
            <Until time={nextTryAt} />
          </span>
        ),
    },
    {
      key: "do",
      head: <span class="unseen">Actions</span>,
      width: "128px",
      isNumber: true,
      cell: ({ id, state }) => (
        <>
          {state === "retrying" && <Do id={id} act="retry" reload={reload} />}
          <Do id={id} act={state === "paused" ? "resume" : "pause"} reload={reload} />
        </>
      ),
    },
  ];
}

const TONES: Readonly<Record<string, "good" | "warn" | "bad" | "accent">> = {
  idle: "good",
  retrying: "bad",
  paused: "warn",
  sending: "accent",
  waiting: "accent",
  due: "accent",
};

function Until({ time }: { readonly time: string }) {
  const seconds = Math.ceil((Date.parse(time) - useNow()) / 1_000);
  return <>{seconds <= 0 ? "now" : `${count(seconds)} s`}</>;
}

function Do(
  { id, act, reload }: {
    readonly id: string;
    readonly act: "retry" | "pause" | "resume";
    readonly reload: () => void;
  },
) {
  const run = async () => {
    await ask(`${PATH}/${encodeURIComponent(id)}/${act}`, { method: "POST" }).catch(() => {});
    reload();
  };
  return (
    <button type="button" class="choice" aria-label={`${act} ${id}`} onClick={run}>{act}</button>
  );
}
