import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../base/store.ts";
import { theKey } from "../base/key.ts";

/** Something of the server's that a screen shows. */
export interface Resource<T> {
  /** What is there; what was there before stays until there is something new. */
  readonly value: T | undefined;
  /** Why the last try failed. */
  readonly error: Error | undefined;
  /** Asks again. */
  readonly reload: () => void;
}

/**
 * What `load` gives: asked for at once, again when `name` changes (which then shows nothing old), when
 * another key is used, and every `everyMs` where that is said, while the tab can be seen.
 */
export function useResource<T>(
  name: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Resource<T> {
  const [state, set] = useState<{ name: string; value?: T; error?: Error }>({ name });
  const [turn, next] = useState(0);
  const key = useStore(theKey);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      if (document.hidden && everyMs !== undefined) return void (timer = setTimeout(run, everyMs));
      try {
        const value = await latest.current(ended.signal);
        if (!ended.signal.aborted) set({ name, value });
      } catch (error) {
        if (ended.signal.aborted) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        set((before) =>
          before.name === name ? { ...before, error: failure } : { name, error: failure }
        );
      }
      if (everyMs !== undefined && !ended.signal.aborted) timer = setTimeout(run, everyMs);
    };
    void run();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [name, key, turn, everyMs]);
  const reload = useCallback(() => next((before) => before + 1), []);
  const isSame = state.name === name;
  return {
    value: isSame ? state.value : undefined,
    error: isSame ? state.error : undefined,
    reload,
  };
}
