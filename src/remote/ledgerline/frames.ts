import { z } from "zod";
import { concatBytes } from "../../kernel/concat.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { SPREAD_BYTES } from "../../kernel/limits.ts";
import { FACT_CHARS, type OwnFacts } from "./own_facts.ts";

/**
 * What a server tells another that copies its chains: frames one after another. A frame is the length
 * of its head (u32, little-endian) and of what follows it (u32), the head as JSON, and then whole
 * records as they are stored.
 */
export type FrameHead =
  /** The first: which life of the store it is. */
  | { readonly kind: "life"; readonly life: string }
  /** What is told of the server beside its chains: the second, and again where there is more. */
  | { readonly kind: "facts"; readonly facts: OwnFacts }
  /** Where a chain ends. */
  | ChainFrame<"head">
  /** What commits have added to a chain, and where it ends then. */
  | ChainFrame<"commit"> & { readonly first: number }
  | { readonly kind: "gone"; readonly chain: string }
  /** Every chain that there was has been told of. */
  | { readonly kind: "named" }
  /** A sign of life. */
  | { readonly kind: "beat" };

interface ChainFrame<K extends string> {
  readonly kind: K;
  readonly chain: string;
  readonly epoch: string;
  readonly next: number;
  readonly hash: string;
  /** Of the last commit, in milliseconds since the epoch. */
  readonly time: number;
}

/** A frame that was read. */
export interface Frame {
  readonly head: FrameHead;
  readonly body: Uint8Array;
}

/** Bytes of a frame's lengths. */
const LENGTHS = 8;

/** The most that a head may be, and what follows it: a commit. */
const HEAD_BYTES = 8 * 1024;
const BODY_BYTES = 2 * SPREAD_BYTES;

const count = z.int().nonnegative();
const place = {
  chain: z.string().min(1),
  epoch: z.string().regex(/^\w{1,64}$/),
  next: count,
  hash: z.string().length(64),
  time: z.number(),
};

/** The schema of a frame's head. */
export const frameHead: z.ZodType<FrameHead> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("life"), life: z.string().min(1).max(128) }),
  z.object({
    kind: z.literal("facts"),
    facts: z.record(z.string().min(1), z.string().max(FACT_CHARS)),
  }),
  z.object({ kind: z.literal("head"), ...place }),
  z.object({ kind: z.literal("commit"), first: count, ...place }),
  z.object({ kind: z.literal("gone"), chain: z.string().min(1) }),
  z.object({ kind: z.literal("named") }),
  z.object({ kind: z.literal("beat") }),
]);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A frame as it is sent, in its parts. */
export function frameParts(head: FrameHead, records: readonly Uint8Array[] = []): Uint8Array[] {
  const text = encoder.encode(JSON.stringify(head));
  const lengths = new Uint8Array(LENGTHS);
  const view = new DataView(lengths.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, records.reduce((sum, { length }) => sum + length, 0), true);
  return [lengths, text, ...records];
}

/** Reads frames, whichever way they were cut. Throws `remote_invalid`. */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const parts: Uint8Array[] = [];
  let held = 0;
  let wanted = LENGTHS;
  let lengths: readonly [number, number] | undefined;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) continue;
    const bytes = inOnePiece(parts.splice(0));
    let at = 0;
    for (;;) {
      if (lengths === undefined) {
        if (held - at < LENGTHS) break;
        const view = new DataView(bytes.buffer, bytes.byteOffset + at);
        lengths = [view.getUint32(0, true), view.getUint32(4, true)];
        if (lengths[0] > HEAD_BYTES || lengths[1] > BODY_BYTES) {
          throw invalid("a frame is too long");
        }
        at += LENGTHS;
      }
      const [head, body] = lengths;
      if (held - at < head + body) break;
      const end = at + head;
      yield { head: headOf(bytes.subarray(at, end)), body: bytes.subarray(end, end + body) };
      at = end + body;
      lengths = undefined;
    }
    held -= at;
    if (held > 0) parts.push(bytes.subarray(at));
    wanted = lengths === undefined ? LENGTHS : lengths[0] + lengths[1];
  }
}

function headOf(bytes: Uint8Array): FrameHead {
  try {
    return frameHead.parse(JSON.parse(decoder.decode(bytes)));
  } catch (error) {
    throw invalid("a frame's head is none", error);
  }
}

/** Bytes one after another; not copied where they are in one piece already. */
export function inOnePiece(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : concatBytes(...parts);
}

function invalid(message: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", message, {}, cause);
}
