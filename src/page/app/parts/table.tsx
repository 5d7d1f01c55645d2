import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";

/** A column of a table. */
export interface Column<R> {
  readonly key: string;
  readonly head: ComponentChildren;
  readonly cell: (row: R) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** What rows are put in order by, where that can be. */
  readonly sort?: (row: R) => number | string;
  /** Any CSS width; what is left goes to the columns without one. */
  readonly width?: string;
}

/** Which column rows are in order of. */
export interface Order {
  readonly key: string;
  readonly isDown: boolean;
}

/** What a column without a width has at the least: a screen that is narrower scrolls the table. */
const LEAST_WIDTH = "160px";

/** A table whose columns do not move when its rows change. */
export function Table<R>(
  { caption, columns, rows, rowKey, order, empty, isSelected }: {
    /** What it holds, for whoever hears the page. */
    readonly caption: string;
    readonly columns: readonly Column<R>[];
    readonly rows: readonly R[];
    readonly rowKey: (row: R) => string;
    /** How rows are in order at first; as they come where left out. */
    readonly order?: Order;
    readonly empty?: ComponentChildren;
    readonly isSelected?: (row: R) => boolean;
  },
) {
  const [by, setOrder] = useState(order);
  const sorted = useMemo(() => inOrder(rows, columns, by), [rows, columns, by]);
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  const widths = columns.map(({ width = LEAST_WIDTH }) => width);
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={caption}>
      <table style={{ minWidth: `calc(${widths.join(" + ")})` }}>
        <caption class="unseen">{caption}</caption>
        <colgroup>
          {columns.map(({ key, width }) => <col key={key} style={width ? { width } : {}} />)}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} by={by} set={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)} data-selected={isSelected?.(row)}>
              {columns.map(({ key, cell, isNumber }) => (
                <td key={key} class={isNumber ? "number" : undefined}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<R>(
  { column: { key, head, isNumber, sort }, by, set }: {
    readonly column: Column<R>;
    readonly by: Order | undefined;
    readonly set: (order: Order) => void;
  },
) {
  const isBy = by?.key === key;
  const name = isNumber ? "number" : undefined;
  if (sort === undefined) return <th scope="col" class={name}>{head}</th>;
  return (
    <th
      scope="col"
      class={name}
      aria-sort={isBy ? (by.isDown ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        class="sort"
        onClick={() => set({ key, isDown: isBy ? !by.isDown : isNumber === true })}
      >
        {head}
        <span class="sort-mark" aria-hidden="true">{isBy ? (by.isDown ? "↓" : "↑") : ""}</span>
      </button>
    </th>
  );
}

function inOrder<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  order: Order | undefined,
): readonly R[] {
  const sort = columns.find(({ key }) => key === order?.key)?.sort;
  if (sort === undefined || order === undefined) return rows;
  const sign = order.isDown ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [sort(one), sort(other)];
    return a < b ? -sign : a > b ? sign : 0;
  });
}
