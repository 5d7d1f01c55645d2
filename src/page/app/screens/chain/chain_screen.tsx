import { useEffect, useState } from "preact/hooks";
import { count } from "../../base/format.ts";
import { goTo, hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { eventAt, eventsPath, ledgerOf, streamPath } from "../../data/chains.ts";
import { ChainFacts } from "./chain_facts.tsx";
import { EventDetail } from "./event_detail.tsx";
import { Filters, type LogQuery, readQuery } from "./filters.tsx";
import { LogList } from "./log_list.tsx";
import { ExportButton, VerifyButton } from "./upkeep.tsx";
import { useLog } from "./use_log.ts";
import { Dot } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Failure, Loading } from "../../parts/states.tsx";
import type { WantedRow } from "../../parts/virtual_list.tsx";

/** One chain, from its last event to its first. */
export function ChainScreen({ params: { name = "" }, query }: ScreenProps) {
  const asked = readQuery(query);
  const selected = useOffsetOf(name, asked.at);
  const [isHeld, setHeld] = useState(asked.at !== undefined);
  const [wanted, setWanted] = useState<WantedRow | undefined>();
  const log = useLog(name, asked, isHeld);
  const change = (next: LogQuery) => goTo(hrefOf(pathOf("chain", name), { ...next }), "replace");
  const isKnown = log.next !== undefined;
  const select = (offset: number) => change({ ...asked, at: String(offset) });
  // An offset that the address names is gone to; one that was clicked can be seen already.
  useEffect(() => {
    if (!isKnown || typeof selected !== "number") return;
    const at = log.at(log.rowOf(selected));
    if (at?.offset === selected && wanted === undefined && log.rowOf(selected) < 8) return;
    setHeld(true);
    setWanted({ row: Math.max(0, log.rowOf(selected) - 3), turn: performance.now() });
  }, [asked.jump, isKnown, typeof selected]);
  const goLive = () => {
    setHeld(false);
    setWanted({ row: 0, turn: performance.now() });
    change({ ...asked, at: undefined, jump: undefined });
  };
  return (
    <>
      <PageHead
        title={
          <span class="chain-name">
            <Dot ledger={ledgerOf(name)} />
            {name}
          </span>
        }
        about={<ChainFacts chain={name} next={log.next} />}
        actions={
          <>
            <VerifyButton chain={name} />
            <ExportButton chain={name} />
          </>
        }
      />
      <Filters
        asked={asked}
        change={change}
        status={
          <>
            {log.missed > 0 && <span class="muted" role="status">{count(log.missed)} new</span>}
            <button
              type="button"
              class={isHeld ? "button button-main" : "button"}
              onClick={isHeld ? goLive : () => setHeld(true)}
            >
              {isHeld ? "Go live" : "Pause"}
            </button>
          </>
        }
      />
      {selected instanceof Error && <p class="note note-bad" role="alert">{selected.message}</p>}
      {log.failure !== undefined && log.next === undefined
        ? <Failure error={log.failure} />
        : !isKnown
        ? <Loading lines={12} />
        : log.count === 0
        ? (
          <Empty
            title={asked.types.length + asked.keys.length > 0 ? "Nothing matches" : "No events yet"}
          >
            Events are shown here as they are committed.
          </Empty>
        )
        : (
          <div class="log" data-open={typeof selected === "number"}>
            <LogList
              log={log}
              wanted={wanted}
              selected={typeof selected === "number" ? selected : undefined}
              select={select}
              onTop={(row) => row > 0 && setHeld(true)}
            />
            {typeof selected === "number" && (
              <EventDetail
                chain={name}
                offset={selected}
                next={log.next ?? 0}
                select={select}
                close={() => change({ ...asked, at: undefined, jump: undefined })}
              />
            )}
          </div>
        )}
      <SameAs
        requests={[
          {
            path: eventsPath(name, { from: asked.at ?? "earliest", limit: 100, ...asked }),
          },
          { path: `${streamPath(name)}?offset=-1`, isStream: true },
        ]}
      />
    </>
  );
}

/** The offset that `at` names: an offset, a ULID or a time. Undefined for none, or not yet. */
function useOffsetOf(chain: string, at: string | undefined): number | Error | undefined {
  const isOffset = at !== undefined && /^\d{1,15}$/.test(at);
  const [found, set] = useState<{ at?: string; offset?: number | Error }>({});
  useEffect(() => {
    if (at === undefined || isOffset) return;
    const ended = new AbortController();
    eventAt(chain, at, ended.signal).then(
      (event) => set({ at, offset: event?.offset ?? new Error(`No event is at ${at}`) }),
      (error) => ended.signal.aborted || set({ at, offset: error }),
    );
    return () => ended.abort();
  }, [chain, at]);
  if (isOffset) return Number(at);
  return found.at === at ? found.offset : undefined;
}
