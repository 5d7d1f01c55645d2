/** Where a source is in a chain that it reads. Made when somebody asks. */
export interface Following {
  readonly chain: string;
  /** Which events are wanted, in the words of the dialect; undefined for all. */
  readonly filter?: string | undefined;
  /** Offset of the next event to send; it may still be to come. */
  readonly offset: number;
  /** Offset after the last event that is known of here. */
  readonly next: number;
  /** When the event at the offset was committed, in milliseconds; undefined where that is to be read. */
  readonly time?: number | undefined;
  /** Events that were sent under a window and are not acknowledged; undefined without a window. */
  readonly unacknowledged?: number | undefined;
}

/** Messages and bytes that were sent. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/** A connection as whoever watches over it sees it. */
export interface Watchable extends Traffic {
  /** What it reads, one after another. */
  followings(): Iterable<Following>;
  /** Bytes that were sent and not taken yet. */
  readonly buffered: number;
}

/** How many events it has not sent. */
export function lagOf({ offset, next }: Pick<Following, "offset" | "next">): number {
  return Math.max(0, next - offset);
}

/** A filter by names and their values, as a query writes it; undefined where it asks for all. */
export function shownFilter(
  parts: Readonly<Record<string, Iterable<string> | undefined>>,
): string | undefined {
  const shown = Object.entries(parts)
    .flatMap(([name, values]) => values === undefined ? [] : [`${name}=${first(values)}`]);
  return shown.length === 0 ? undefined : shown.join("&");
}

/** Values that are shown of a filter, which may have thousands. */
const SHOWN_VALUES = 8;

function first(values: Iterable<string>): string {
  const shown: string[] = [];
  for (const value of values) {
    if (shown.length === SHOWN_VALUES) return `${shown.join(",")},…`;
    shown.push(value.slice(0, 100));
  }
  return shown.join(",");
}
