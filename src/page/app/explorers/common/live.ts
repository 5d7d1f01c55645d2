import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../../base/store.ts";
import { theFeed } from "../../data/feed.ts";
import { type Resource, useResource } from "../../data/resource.ts";

/** Milliseconds between two times that something is asked for anew, however much happens. */
const REST_MS = 500;

/**
 * As `useResource`, and asked for again after each event of the ledger: at most twice a second. What
 * is shown stays until the new is there. Without a ledger it is asked for once.
 */
export function useLiveResource<T>(
  name: string,
  load: (signal: AbortSignal) => Promise<T>,
  ledger: string | undefined,
): Resource<T> {
  const resource = useResource(name, load);
  useStore(theFeed.news);
  const last = ledger === undefined ? undefined : theFeed.lastOf(ledger)?.id;
  const seen = useRef({ name, last });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const isNews = seen.current.name === name && seen.current.last !== last;
    seen.current = { name, last };
    if (!isNews || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      resource.reload();
    }, REST_MS);
  }, [name, last]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return resource;
}
