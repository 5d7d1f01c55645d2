import { clockTime, count, dateTime } from "../../base/format.ts";
import { preview } from "../../base/preview.ts";
import type { LogEvent } from "../../data/chains.ts";
import { Tag } from "../../parts/link.tsx";
import { VirtualList, type WantedRow } from "../../parts/virtual_list.tsx";
import type { LogRows } from "./use_log.ts";

/** Pixels of a row: as `.log-row` in the style. */
const ROW_PX = 28;

/** Characters of an event's data that are shown. */
const PREVIEW = 140;

/** The events of a chain, newest first; those of one commit hang together. */
export function LogList(
  { log, wanted, selected, select, onTop }: {
    readonly log: LogRows;
    readonly wanted: WantedRow | undefined;
    readonly selected: number | undefined;
    readonly select: (offset: number) => void;
    readonly onTop: (row: number) => void;
  },
) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || selected === undefined) return;
    const target = log.at(log.rowOf(selected) + step);
    if (target === undefined) return;
    event.preventDefault();
    select(target.offset);
  };
  return (
    <div
      class="log-list card"
      role="grid"
      aria-label="Events, newest first"
      aria-rowcount={log.count}
    >
      <div role="rowgroup">
        <div class="log-row log-head" role="row">
          <span role="columnheader" class="number">Offset</span>
          <span role="columnheader">
            <span class="unseen">Commit</span>
          </span>
          <span role="columnheader">Time, UTC</span>
          <span role="columnheader">Type</span>
          <span role="columnheader">Keys and data</span>
        </div>
      </div>
      <VirtualList
        count={log.count}
        rowHeight={ROW_PX}
        label="Events"
        wanted={wanted}
        onTop={onTop}
        onShown={log.want}
        onKeyDown={onKeyDown}
        row={(row) => (
          <LogRow
            key={row}
            row={row}
            event={log.at(row)}
            newer={log.at(row - 1)}
            older={log.at(row + 1)}
            isSelected={log.at(row)?.offset === selected && selected !== undefined}
            select={select}
          />
        )}
      />
    </div>
  );
}

function LogRow(
  { row, event, newer, older, isSelected, select }: {
    readonly row: number;
    readonly event: LogEvent | undefined;
    readonly newer: LogEvent | undefined;
    readonly older: LogEvent | undefined;
    readonly isSelected: boolean;
    readonly select: (offset: number) => void;
  },
) {
  if (event === undefined) {
    return (
      <div class="log-row" role="row" aria-rowindex={row + 1}>
        <span role="gridcell" class="muted number">…</span>
      </div>
    );
  }
  const { offset, time, type, keys = [] } = event;
  const isWithNewer = event.more === true && newer?.offset === offset + 1;
  const isWithOlder = older?.more === true && older.offset === offset - 1;
  return (
    <div
      class="log-row"
      role="row"
      aria-rowindex={row + 1}
      aria-selected={isSelected}
      onClick={() => select(offset)}
    >
      <span role="gridcell" class="mono number">{count(offset)}</span>
      <span role="gridcell" class="commit" data-up={isWithNewer} data-down={isWithOlder}>
        {isWithNewer || isWithOlder ? <span class="unseen">one commit</span> : null}
      </span>
      <span role="gridcell" class="mono muted" title={`${dateTime(time)} UTC`}>
        {clockTime(time)}
      </span>
      <span role="gridcell">
        <Tag>{type}</Tag>
      </span>
      <span role="gridcell" class="log-data mono">
        {keys.slice(0, 2).map((key) => <span key={key} class="feed-key">{key}</span>)}
        {preview(event.data ?? event.text ?? event.base64, PREVIEW)}
      </span>
    </div>
  );
}
