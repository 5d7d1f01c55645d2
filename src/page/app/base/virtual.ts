/** Pixels that a browser lets an element be high for certain. */
const MOST_PX = 8_000_000;

/** What of a long list is drawn, and where. */
export interface VirtualPlace {
  /** The first row that is drawn. */
  readonly first: number;
  /** Pixels that it stands below the top of the whole. */
  readonly shift: number;
  /** Pixels that the whole is high. */
  readonly height: number;
  /** How many pixels of rows a pixel of scrolling stands for. */
  readonly scale: number;
  /** How far to scroll for a row to be at the top. */
  readonly toScroll: (row: number) => number;
}

/**
 * Where the rows of a list stand that is scrolled `scroll` pixels down. A list that would be higher
 * than browsers allow is scrolled in proportion: then a pixel stands for more than one.
 */
export function virtualPlace(
  { count, rowHeight, view, scroll }: {
    readonly count: number;
    readonly rowHeight: number;
    /** Pixels of it that can be seen. */
    readonly view: number;
    readonly scroll: number;
  },
): VirtualPlace {
  const whole = count * rowHeight;
  const height = Math.min(whole, MOST_PX);
  const scale = height > view ? (whole - view) / (height - view) : 1;
  const scrolled = Math.max(0, Math.min(scroll, height - view));
  const top = scrolled * scale;
  const first = Math.min(Math.floor(top / rowHeight), Math.max(0, count - 1));
  return {
    first,
    // In proportion, the rows keep to what can be seen, whatever of the whole was passed over.
    shift: scale === 1 ? first * rowHeight : scrolled - (top - first * rowHeight),
    height,
    scale,
    toScroll: (row) => row * rowHeight / scale,
  };
}
