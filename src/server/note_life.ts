import type { Clock } from "../kernel/clock.ts";
import type { Store } from "../kv/store.ts";

/** Milliseconds between two notes of which copy of a store is the newest. */
const NOTE_LIFE_MS = 30_000;

/**
 * Notes the store's life now and then, for copies of a store that is then killed. The function
 * returned ends that.
 */
export function noteLife(store: Store, clock: Clock): () => void {
  let cancel = () => {};
  const note = () => {
    void store.life?.note();
    cancel = clock.after(NOTE_LIFE_MS, note);
  };
  if (store.life !== undefined) cancel = clock.after(NOTE_LIFE_MS, note);
  return () => cancel();
}
