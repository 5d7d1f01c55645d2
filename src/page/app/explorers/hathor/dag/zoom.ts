/** How a drawing is seen: its point (0, 0) is at (x, y), and each of its units has `scale` pixels. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** What of a drawing there is. */
export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels in which it is seen. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels between a drawing and the edge. */
const MARGIN = 44;

/** Scales that something can still be made out at. */
const LEAST = 0.15;
const MOST = 3;

/** The newest at the right edge, or, of a drawing that has room, its beginning at the left. */
export function endView({ left, right, top, bottom }: Bounds, size: Size, scale: number): View {
  return {
    scale,
    x: Math.min(MARGIN - left * scale, size.width - MARGIN - right * scale),
    y: size.height / 2 - (top + bottom) / 2 * scale,
  };
}

/** The scale at which all of it is seen, though not larger than it is drawn. */
export function fittingScale({ left, right, top, bottom }: Bounds, size: Size): number {
  const across = (size.width - 2 * MARGIN) / Math.max(1, right - left);
  const down = (size.height - MARGIN) / Math.max(1, bottom - top);
  return bounded(Math.min(1, across, down));
}

/** Closer or farther, while what is at a place of the frame stays there. */
export function zoomedAt(
  view: View,
  factor: number,
  at: { readonly x: number; readonly y: number },
) {
  const scale = bounded(view.scale * factor);
  const by = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

function bounded(scale: number): number {
  return Math.min(MOST, Math.max(LEAST, scale));
}
