import { ApiError, ask, askJson } from "./api.ts";
import { readEvents } from "./chains.ts";

/** A ledger that the server speaks for. */
export interface LedgerEntry {
  readonly name: string;
  readonly title: string;
  /** Its path on the main port, with slashes around. */
  readonly prefix: string;
}

/** What `/readyz` says. */
export interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, string>>;
  readonly damaged?: number;
}

/** The ledgers of this server. */
export async function listLedgers(signal?: AbortSignal): Promise<readonly LedgerEntry[]> {
  const { ledgers } = await askJson<{ ledgers: readonly LedgerEntry[] }>("", { signal });
  return ledgers;
}

/** Whether the server should be sent clients; it says why not with 503, which is no failure here. */
export async function readReadiness(signal?: AbortSignal): Promise<Readiness> {
  try {
    return await askJson<Readiness>("readyz", { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 503) {
      return { status: "not ready", checks: { server: error.message } };
    }
    throw error;
  }
}

/** How high a ledger's chain of blocks is; undefined for one that has no such number. */
export async function heightOf(
  { name, prefix }: LedgerEntry,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (name === "bigchaindb") return await lastBlock("bigchaindb/chain", signal);
  const height = HEIGHTS[name];
  if (height === undefined) return undefined;
  const response = await ask(`${prefix.slice(1)}${height.path}`, { signal });
  const value = height.read(await response.json());
  return typeof value === "number" ? value : undefined;
}

/** Of an API that has no latest block; the log has. */
async function lastBlock(chain: string, signal?: AbortSignal): Promise<number | undefined> {
  const asked = { from: "latest", backward: true, limit: 1, types: ["BLOCK"] };
  const [block] = await readEvents(chain, asked, signal);
  const { height } = (block?.data ?? {}) as { height?: unknown };
  return typeof height === "number" ? height : undefined;
}

/** Where ledgers tell their height. */
const HEIGHTS: Readonly<
  // Their answers are theirs: what is read of them is held to be a number above.
  // deno-lint-ignore no-explicit-any
  Record<string, { readonly path: string; readonly read: (answer: any) => unknown }>
> = {
  hathor: { path: "v1a/status", read: (answer) => answer.dag?.best_block?.height },
  planetmint: { path: "api/v1/blocks/latest", read: (answer) => answer.height },
};
