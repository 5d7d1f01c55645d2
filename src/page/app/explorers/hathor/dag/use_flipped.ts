import { useEffect, useRef, useState } from "preact/hooks";
import type { DagVertex } from "./graph.ts";

/** Milliseconds for which it is shown that a vertex has changed. */
const SHOWN_MS = 8_000;

/** Vertices that have been voided, or count again, a moment ago: what a reorganisation does. */
export function useFlipped(vertices: readonly DagVertex[]): ReadonlySet<string> {
  const before = useRef<ReadonlyMap<string, boolean>>(new Map());
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const [flipped, set] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const fresh = vertices.filter(({ hash, isVoided }) =>
      before.current.has(hash) && before.current.get(hash) !== isVoided
    ).map(({ hash }) => hash);
    before.current = new Map(vertices.map(({ hash, isVoided }) => [hash, isVoided]));
    if (fresh.length === 0) return;
    set((all) => new Set([...all, ...fresh]));
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      set((all) => new Set([...all].filter((hash) => !fresh.includes(hash))));
    }, SHOWN_MS);
    timers.current.add(timer);
  }, [vertices]);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  return flipped;
}
