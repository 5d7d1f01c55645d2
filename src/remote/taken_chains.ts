import { LedgerError } from "../kernel/errors.ts";
import type { Chain } from "../log/chain.ts";
import type { Log } from "../log/log.ts";

/** Takes away what is here of a remote in a chain: whether that was anything. Throws `store_busy`. */
export async function takeAway(chain: Chain): Promise<boolean> {
  if (await chain.head() === undefined) return false;
  if (await chain.drop(() => Promise.resolve(true), true)) return true;
  throw new LedgerError("store_busy", `${chain.name} could not be taken away: try again`);
}

/** Which life of a remote it is that something is here of; undefined for none. */
export async function readLife(log: Log, place: readonly string[]): Promise<string | undefined> {
  const kept = await log.kept(place);
  return kept === undefined ? undefined : new TextDecoder().decode(kept);
}

/** Keeps that; undefined forgets it. */
export function keepLife(
  log: Log,
  place: readonly string[],
  life: string | undefined,
): Promise<void> {
  return log.keep(place, life === undefined ? undefined : new TextEncoder().encode(life));
}
