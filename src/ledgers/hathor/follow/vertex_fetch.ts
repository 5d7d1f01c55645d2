import { z } from "zod";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { textOfAnswer } from "../../../remote/whole_answer.ts";
import { Room } from "../../../web/large_bodies.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import type { Vertex } from "../vertex/vertex.ts";
import type { RemoteNode } from "./remote_node.ts";

/** Vertices that are asked for at once: the node answers one after another. */
const AT_ONCE = 16;

/** Milliseconds for one. */
const FETCH_MS = 10_000;

/**
 * Bytes of an answer. The largest vertex has 96,000 digits, and beside them the node tells each input
 * and output, whose scripts may be of 1 KiB, and who has spent it.
 */
const ANSWER_BYTES = 4 * 1024 * 1024;

const answerForm = z.union([
  z.object({ success: z.literal(true), tx: z.object({ raw: z.string() }) }),
  z.object({ success: z.literal(false), message: z.string() }),
]);

/**
 * What it says of a vertex that it has no more, and of one of a token whose creation is voided: that
 * one may be had later.
 */
const NOT_TOLD = /not found|unknown token/i;

/** Asks the node that is followed for vertices whose events do not tell all of them. */
export class VertexFetch {
  readonly #node: RemoteNode;
  readonly #maxVertexSize: number;
  readonly #places = new Room(AT_ONCE);

  /** @param maxVertexSize of the network, in bytes */
  constructor(node: RemoteNode, maxVertexSize: number) {
    this.#node = node;
    this.#maxVertexSize = maxVertexSize;
  }

  /**
   * The vertex of a hash; undefined where the node has none such, or has it no more. Throws
   * `remote_away` and `remote_refused`, and `remote_invalid` for an answer that is not that vertex.
   */
  async fetch(hash: string, signal: AbortSignal): Promise<Vertex | undefined> {
    const place = await this.#places.take(1);
    try {
      signal.throwIfAborted();
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
      const response = await this.#node.get(`/transaction?id=${hash}`, inTime);
      const text = await textOfAnswer(response, ANSWER_BYTES);
      return this.#vertexOf(hash, text);
    } finally {
      this.#places.give(place);
    }
  }

  #vertexOf(hash: string, text: string): Vertex | undefined {
    try {
      const answer = answerForm.parse(JSON.parse(text));
      if (answer.success) {
        const vertex = decodeVertex(Uint8Array.fromHex(answer.tx.raw), this.#maxVertexSize);
        if (vertex.hash === hash) return vertex;
        throw invalid(hash, `it has the hash ${vertex.hash}`);
      }
      if (NOT_TOLD.test(answer.message)) return undefined;
      throw invalid(hash, answer.message);
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      const isNone = error instanceof VertexFormatError || error instanceof SyntaxError ||
        error instanceof z.ZodError;
      if (!isNone) throw error;
      throw invalid(hash, messageOf(error), error);
    }
  }
}

function invalid(hash: string, why: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", `the node's answer for ${hash}: ${why}`, {}, cause);
}
