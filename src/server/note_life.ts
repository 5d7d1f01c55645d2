import type { Clock } from "../kernel/clock.ts";
import type { Store } from "../kv/store.ts";

/** Milliseconds between records of the store's life. */
const NOTE_LIFE_MS = 30_000;

/**
 * Records the store's life now and then, by which a copy that is restored later is told from the
 * original, also after a kill. The function returned ends that.
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
