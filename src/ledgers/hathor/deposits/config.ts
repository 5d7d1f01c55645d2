import { createHash } from "node:crypto";
import { z } from "zod";
import { parseXpub } from "../../../crypto/hd_public_key.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { parsePosition, type Position } from "../../../kernel/position.ts";
import { Pace } from "../../../kernel/turn.ts";
import { AddressError, decodeNetworkAddress } from "../networks/address.ts";
import type { Network } from "../networks/network.ts";

/** The most addresses of one request, and so of one subscription when it is made. */
export const MOST_ADDRESSES = 10_000;

/** The most tokens of one subscription. */
const MOST_TOKENS = 100;

/** The most addresses of an xpub that are watched beyond the last that was paid to. */
const MOST_GAP = 1_000;

/** The most confirmations: what was read of so many blocks is read again at a start. */
export const MOST_CONFIRMATIONS = 1_000;

/** Bytes of an address before its checksum. */
const KEY_END = 21;

/** Characters of an xpub, with a margin. */
const XPUB_CHARS = 200;

/** What a subscription watches, without its addresses, which may be many. */
export type DepositConfig = {
  readonly xpub: string | null;
  readonly gap: number;
  /** Uids; empty for all. */
  readonly tokens: readonly string[];
  readonly confirmations: number;
  readonly description: string | null;
};

/** A subscription as it is asked for. */
export interface WantedDeposits {
  readonly config: DepositConfig;
  /** By their {@linkcode addressKey}, each once, in order. */
  readonly addresses: readonly string[];
  /** Whose payments are told of: those of transactions that come from there on. */
  readonly from: Position;
  /** Tells it from another request for the same id. */
  readonly hash: string;
}

/** What a request for deposits is refused with; `code` is stable. */
export class DepositRefusal extends Error {
  override readonly name = "DepositRefusal";
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

function refused(message: string): DepositRefusal {
  return new DepositRefusal(400, "deposits_invalid", message);
}

/** A list, whose length is checked before its items are. */
const list = <T extends z.ZodType>(item: T, most: number, least = 0) =>
  z.array(z.unknown()).min(least).max(most).pipe(z.array(item));

const address = z.string().max(64);

/** The body of a request for a subscription. */
export const wantedDeposits = z.strictObject({
  addresses: list(address, MOST_ADDRESSES).default([]),
  xpub: z.string().max(XPUB_CHARS).nullable().default(null),
  gap: z.int().min(1).max(MOST_GAP).default(20),
  tokens: list(z.string().regex(/^(?:00|[0-9a-f]{64})$/, "a uid, or 00"), MOST_TOKENS).default([]),
  confirmations: z.int().min(1).max(MOST_CONFIRMATIONS).default(6),
  from: z.union([z.string().max(64), z.int().min(0)]).default("latest"),
  description: z.string().max(1_024).refine((text) => text.isWellFormed()).nullable().default(null),
});

/** The body of a request to watch more. */
export const addedAddresses = z.strictObject({ addresses: list(address, MOST_ADDRESSES, 1) });

/**
 * Reads the body of a request for a subscription.
 *
 * @throws {DepositRefusal} 400: it is none, or of another network
 */
export async function readWanted(network: Network, body: unknown): Promise<WantedDeposits> {
  const { addresses: given, from, ...config } = parsedBody(wantedDeposits, body);
  const addresses = await checkedAddresses(network, given);
  if (config.xpub !== null && parseXpub(config.xpub) === undefined) {
    throw refused("xpub: not an extended public key");
  }
  if (addresses.length === 0 && config.xpub === null && config.tokens.length === 0) {
    throw refused("It has addresses, an xpub, or tokens");
  }
  const tokens = [...new Set(config.tokens)].sort();
  const { xpub, gap, confirmations, description } = config;
  const canonical = [addresses, xpub, gap, tokens, confirmations, `${from}`, description];
  return {
    config: { xpub, gap, tokens, confirmations, description },
    addresses,
    from: positionIn(from),
    hash: createHash("sha256").update(JSON.stringify(canonical)).digest("hex"),
  };
}

/**
 * Reads the body of a request to watch more addresses.
 *
 * @throws {DepositRefusal} 400
 */
export async function readAdded(network: Network, body: unknown): Promise<readonly string[]> {
  return await checkedAddresses(network, parsedBody(addedAddresses, body).addresses);
}

/** How an xpub is shown: whoever has it knows every address of its wallet. */
export function shownXpub(xpub: string | null): string | null {
  return xpub === null ? null : `${xpub.slice(0, 8)}…${xpub.slice(-4)}`;
}

function parsedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const [issue] = error.issues;
  throw refused(`${issue?.path.join(".") || "body"}: ${issue?.message ?? "invalid"}`);
}

/** What tells an address from others, of its bytes: its version and its hash, in base 64. */
export function addressKey(bytes: Uint8Array): string {
  return bytes.subarray(0, KEY_END).toBase64();
}

/** The keys of addresses of the network, each once, in order. */
async function checkedAddresses(
  network: Network,
  addresses: readonly string[],
): Promise<string[]> {
  const keys = new Set<string>();
  const pace = Pace.ofSteps();
  for (const each of addresses) {
    const turn = pace.spend(1);
    if (turn !== undefined) await turn;
    try {
      keys.add(addressKey(decodeNetworkAddress(network, each)));
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      throw refused(`addresses: ${each.slice(0, 64)}: ${error.message}`);
    }
  }
  return [...keys].sort();
}

function positionIn(from: string | number): Position {
  try {
    return parsePosition(from);
  } catch (error) {
    if (error instanceof LedgerError) throw refused(`from: ${error.message}`);
    throw error;
  }
}
