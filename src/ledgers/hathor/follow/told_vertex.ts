import { z } from "zod";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { MAX_AMOUNT } from "../vertex/amount.ts";
import { nodeJson } from "./node_json.ts";

/** 32 bytes in lower-case hexadecimal, as all hashes of the node are told. */
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const byte = z.int().min(0).max(0xff);

/** A natural number up to `most`, of whatever size. */
function naturalUpTo(most: bigint) {
  return z.union([z.int(), z.bigint()]).transform(BigInt).refine(
    (value) => value >= 0n && value <= most,
  );
}

/** Parts of which a vertex has no more than 255, since it counts them in one byte. */
function few<T extends z.ZodType>(part: T) {
  return z.array(part).max(0xff);
}

const MOST_SCRIPT_BYTES = 0xffff;

const script = z.string().transform((text, context) => {
  const bytes = bytesOrNone(() => Uint8Array.fromBase64(text));
  if (bytes !== undefined && bytes.length <= MOST_SCRIPT_BYTES) return bytes;
  context.addIssue("a script in base64");
  return z.NEVER;
});

const hex = z.string().transform((text, context) => {
  const bytes = bytesOrNone(() => Uint8Array.fromHex(text));
  if (bytes !== undefined) return bytes;
  context.addIssue("bytes in hexadecimal");
  return z.NEVER;
});

/** What of a token's name or symbol is told fits into one byte of length. */
const label = z.string().refine((text) => new TextEncoder().encode(text).length <= 0xff);

const toldVertex = z.object({
  hash,
  version: byte,
  weight: z.number(),
  timestamp: z.int().min(0).max(0xffff_ffff),
  nonce: naturalUpTo((1n << 128n) - 1n).nullish(),
  signal_bits: byte.nullish(),
  inputs: few(z.object({ tx_id: hash, index: byte })),
  outputs: few(z.object({
    value: naturalUpTo(MAX_AMOUNT).refine((value) => value > 0n),
    token_data: byte,
    script,
  })),
  parents: few(hash),
  tokens: few(hash),
  token_name: label.nullish(),
  token_symbol: label.nullish(),
  aux_pow: hex.nullish(),
  headers: z.array(z.unknown()).default([]),
});

/**
 * What an event tells of its vertex, as far as bytes are made of it: the `data` of
 * NEW_VERTEX_ACCEPTED, VERTEX_METADATA_CHANGED and VERTEX_REMOVED.
 */
export type ToldVertex = z.infer<typeof toldVertex>;

/** Reads the data of an event in JSON. Throws `remote_invalid` for what tells of no vertex. */
export function readToldVertex(data: string): ToldVertex {
  let told: unknown;
  try {
    told = nodeJson(data);
  } catch (error) {
    throw toldWrong(messageOf(error), error);
  }
  const parsed = toldVertex.safeParse(told);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw toldWrong(`${issue?.path.join(".")}: ${issue?.message}`);
}

/** The refusal of an event that tells of no vertex. */
export function toldWrong(why: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", `an event tells of no vertex: ${why}`, {}, cause);
}

function bytesOrNone(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    // What a text throws that is neither base64 nor hex.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
