import { Store } from "./store.ts";

const NAME = "ledgerline.key";

/** The key that is sent with every request and socket; undefined while none is known. */
export const theKey = new Store<string | undefined>(remembered());

/** Whether the server has refused for want of a good key: then the page asks for one. */
export const isKeyWanted = new Store(false);

/**
 * Uses a key from now on. It is kept for as long as the tab is open, or, where it `lasts`, until it is
 * forgotten.
 */
export function takeKey(key: string | undefined, lasts: boolean): void {
  for (const storage of [sessionStorage, localStorage]) storage.removeItem(NAME);
  if (key !== undefined) (lasts ? localStorage : sessionStorage).setItem(NAME, key);
  theKey.set(key);
  isKeyWanted.set(false);
}

function remembered(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? undefined;
  } catch {
    // A browser may be told to let pages keep nothing.
    return undefined;
  }
}
