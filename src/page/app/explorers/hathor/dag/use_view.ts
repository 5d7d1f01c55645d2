import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Bounds, endView, fittingScale, type Size, type View, zoomedAt } from "./zoom.ts";

/** How a drawing is seen, and what changes that. */
export interface ViewControl {
  readonly view: View;
  /** Whether the newest is kept in sight. */
  readonly isFollowing: boolean;
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  readonly follow: () => void;
  /** Moves what is seen so that a point of the drawing is in sight. */
  readonly reveal: (point: { readonly x: number; readonly y: number }) => void;
}

/** Pixels that a pointer may stray in a click. */
const STRAY = 4;

/** From a point that is brought into sight to the edge, in pixels. */
const EDGE = 60;

/** Lets a drawing be dragged, and zoomed by the wheel with Ctrl; until then its end is followed. */
export function useView(
  frame: RefObject<HTMLElement | null>,
  bounds: Bounds,
): ViewControl {
  const size = useSize(frame);
  const [scale, setScale] = useState(1);
  const [held, hold] = useState<View | undefined>();
  const view = held ?? endView(bounds, size, scale);
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const zoomBy = (event: WheelEvent) => {
      const isZoom = event.ctrlKey || event.metaKey;
      const isAside = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!isZoom && !isAside) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      const { current } = latest;
      const by = event.deltaX === 0 ? event.deltaY : event.deltaX;
      hold(
        isZoom
          ? zoomedAt(current, Math.exp(-event.deltaY / 300), at)
          : { ...current, x: current.x - by },
      );
    };
    element.addEventListener("wheel", zoomBy, { passive: false });
    const end = dragging(element, (dx, dy) => {
      const { current } = latest;
      hold({ ...current, x: current.x + dx, y: current.y + dy });
    });
    return () => {
      element.removeEventListener("wheel", zoomBy);
      end();
    };
  }, []);
  return {
    view,
    isFollowing: held === undefined,
    zoom: (factor) => {
      if (held === undefined) {
        return setScale(zoomedAt(view, factor, { x: 0, y: 0 }).scale);
      }
      hold(zoomedAt(held, factor, { x: size.width / 2, y: size.height / 2 }));
    },
    fit: () => {
      setScale(fittingScale(bounds, size));
      hold(undefined);
    },
    follow: () => {
      setScale(view.scale);
      hold(undefined);
    },
    reveal: (point) => {
      const x = point.x * view.scale + view.x;
      const y = point.y * view.scale + view.y;
      const shift = (at: number, most: number) =>
        Math.max(0, EDGE - at) - Math.max(0, at - (most - EDGE));
      const [dx, dy] = [shift(x, size.width), shift(y, size.height)];
      if (dx !== 0 || dy !== 0) hold({ ...view, x: view.x + dx, y: view.y + dy });
    },
  };
}

/** Calls `move` while the pointer drags; a click that strayed is none. */
function dragging(element: HTMLElement, move: (dx: number, dy: number) => void): () => void {
  let from: { id: number; x: number; y: number; isMoved: boolean } | undefined;
  const down = ({ button, pointerId: id, clientX: x, clientY: y }: PointerEvent) => {
    if (button === 0) from = { id, x, y, isMoved: false };
  };
  const moved = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
    if (from === undefined || from.id !== pointerId) return;
    if (!from.isMoved && Math.hypot(x - from.x, y - from.y) < STRAY) return;
    if (!from.isMoved) element.setPointerCapture(pointerId);
    move(x - from.x, y - from.y);
    from = { id: pointerId, x, y, isMoved: true };
  };
  const up = () => {
    if (from?.isMoved) {
      const swallow = (event: Event) => event.preventDefault();
      element.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => element.removeEventListener("click", swallow, { capture: true }));
    }
    from = undefined;
  };
  const listeners = [
    ["pointerdown", down],
    ["pointermove", moved],
    ["pointerup", up],
    ["pointercancel", up],
    ["dragstart", (event: Event) => event.preventDefault()],
  ] as const;
  // Each is given the event of its name.
  for (const [name, listener] of listeners) {
    element.addEventListener(name, listener as EventListener);
  }
  return () => {
    for (const [name, listener] of listeners) {
      element.removeEventListener(name, listener as EventListener);
    }
  };
}

function useSize(frame: RefObject<HTMLElement | null>): Size {
  const [size, set] = useState<Size>({ width: 900, height: 420 });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      set({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}
