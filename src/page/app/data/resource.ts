import { errorOf } from "../base/error.ts";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../base/store.ts";
import { theKey } from "../base/key.ts";
import { askJson } from "./api.ts";

/** Something of the server's that a screen shows. */
export interface Resource<T> {
  /** What is there; what was there before stays until there is something new. */
  readonly value: T | undefined;
  /** Why the last try failed. */
  readonly error: Error | undefined;
  /** Asks again, when what is under way has come. */
  readonly reload: () => void;
}

/** What a path of the server answers in JSON, as {@linkcode useResource}. */
export function useJson<T>(path: string, everyMs?: number): Resource<T> {
  return useResource(path, (signal) => askJson<T>(path, { signal }), everyMs);
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
  const again = useRef(() => {});
  const key = useStore(theKey);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isRunning = false;
    let isWanted = false;
    const run = async () => {
      clearTimeout(timer);
      if (document.hidden && everyMs !== undefined) return void (timer = setTimeout(run, everyMs));
      isRunning = true;
      isWanted = false;
      try {
        const value = await latest.current(ended.signal);
        if (!ended.signal.aborted) set({ name, value });
      } catch (error) {
        if (ended.signal.aborted) return;
        const failure = errorOf(error);
        set((before) =>
          before.name === name ? { ...before, error: failure } : { name, error: failure }
        );
      }
      isRunning = false;
      if (ended.signal.aborted) return;
      if (isWanted) void run();
      else if (everyMs !== undefined) timer = setTimeout(run, everyMs);
    };
    // What is under way is not given up: else what takes longer than the next reload never came.
    again.current = () => {
      isWanted = true;
      if (!isRunning) void run();
    };
    void run();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [name, key, everyMs]);
  const reload = useCallback(() => again.current(), []);
  const isSame = state.name === name;
  return {
    value: isSame ? state.value : undefined,
    error: isSame ? state.error : undefined,
    reload,
  };
}
