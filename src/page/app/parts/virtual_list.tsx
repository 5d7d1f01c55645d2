import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { virtualPlace } from "../base/virtual.ts";

/** Where a list is to go: `turn` makes the same row wanted again. */
export interface WantedRow {
  readonly row: number;
  readonly turn: number;
}

/**
 * Rows of one height, of which those that can be seen are drawn, however many there are. It scrolls
 * by itself; `wanted` puts a row at its top.
 */
export function VirtualList(
  { count, rowHeight, label, row, wanted, onTop, onShown, onKeyDown }: {
    readonly count: number;
    readonly rowHeight: number;
    /** What it holds, for whoever hears the page. */
    readonly label: string;
    readonly row: (index: number) => ComponentChildren;
    readonly wanted?: WantedRow | undefined;
    /** Called with the row at the top whenever that is another. */
    readonly onTop: (row: number) => void;
    /** Called with the first row that is drawn, and the one after the last. */
    readonly onShown: (from: number, to: number) => void;
    readonly onKeyDown?: (event: KeyboardEvent) => void;
  },
) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState(0);
  const view = useHeight(box);
  const place = virtualPlace({ count, rowHeight, view, scroll });
  const { first, shift, height, scale, toScroll } = place;
  const onWheel = (event: WheelEvent) => {
    // In proportion, a turn of the wheel would pass over more than can be seen.
    if (scale === 1 || event.ctrlKey || box.current === null) return;
    event.preventDefault();
    const px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1;
    const step = event.deltaY * px / scale;
    box.current.scrollTop += Math.sign(step) * Math.max(1, Math.abs(step));
  };
  const last = Math.min(count, first + Math.ceil(view / rowHeight) + 2);
  useLayoutEffect(() => {
    if (wanted === undefined || box.current === null) return;
    box.current.scrollTop = toScroll(wanted.row);
    setScroll(box.current.scrollTop);
  }, [wanted?.row, wanted?.turn]);
  useEffect(() => onTop(first), [first]);
  useEffect(() => onShown(first, last), [first, last]);
  const rows = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  return (
    <div
      ref={box}
      class="virtual"
      tabIndex={0}
      role="rowgroup"
      aria-label={label}
      onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      onWheel={onWheel}
      onKeyDown={onKeyDown}
    >
      <div class="virtual-all" style={{ height: `${height}px` }}>
        <div style={{ transform: `translateY(${shift}px)` }}>{rows}</div>
      </div>
    </div>
  );
}

/** The height of an element, now and later. */
function useHeight(box: RefObject<HTMLElement | null>): number {
  const [height, set] = useState(600);
  useLayoutEffect(() => {
    if (box.current === null) return;
    set(box.current.clientHeight);
    const observer = new ResizeObserver(([entry]) => entry && set(entry.contentRect.height));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return height;
}
