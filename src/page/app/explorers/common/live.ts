import { useEffect } from "preact/hooks";
import { onChange } from "../../base/store.ts";
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
  useEffect(() => {
    if (ledger === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = onChange(theFeed.news, () => theFeed.lastOf(ledger)?.id, () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        resource.reload();
      }, REST_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [name, ledger]);
  return resource;
}
