import { useEffect } from "preact/hooks";
import { Store, useStore } from "../base/store.ts";
import { ago, dateTime } from "../base/format.ts";
import type { Column } from "./table.tsx";

const second = new Store(Date.now());
let timer: ReturnType<typeof setInterval> | undefined;
let users = 0;

/** The time, once a second, for whoever shows how long ago something was. */
export function useNow(): number {
  useEffect(() => {
    if (++users === 1) timer = setInterval(() => second.set(Date.now()), 1_000);
    return () => {
      if (--users === 0) clearInterval(timer);
    };
  }, []);
  return useStore(second);
}

/** How long ago a time was: milliseconds since the epoch, or ISO 8601. */
export function Ago({ time }: { readonly time: number | string }) {
  const at = typeof time === "number" ? time : Date.parse(time);
  const iso = new Date(at).toISOString();
  const now = Math.max(useNow(), Date.now());
  return <time dateTime={iso} title={`${dateTime(at)} UTC`}>{ago(at, now)}</time>;
}

/** A column that says how long ago a time was, as {@linkcode Ago} takes it. */
export function agoColumn<R>(
  time: (row: R) => number | string,
  column: Partial<Column<R>> = {},
): Column<R> {
  return {
    key: "time",
    head: "Time",
    width: "104px",
    cell: (row) => (
      <span class="muted">
        <Ago time={time(row)} />
      </span>
    ),
    ...column,
  };
}
