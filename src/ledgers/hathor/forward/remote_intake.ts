import { z } from "zod";
import { LedgerError } from "../../../kernel/errors.ts";
import { textOfAnswer } from "../../../remote/whole_answer.ts";
import type { RemoteNode } from "../follow/remote_node.ts";
import type { TakenAnswer } from "../intake/answer.ts";
import type { VertexTaker } from "../intake/intake.ts";
import { bodyBy, bodyIfAny } from "../http/json_body.ts";
import type { Network } from "../networks/network.ts";
import { isBlock, type Vertex } from "../vertex/vertex.ts";

/** Bytes of an answer: with a transaction that was pushed the node tells all of it. */
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Statuses of a node, or of what is before it, that may take the same later. */
const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const FAILS = "The node that is followed fails on it";

const pushed = z.object({ success: z.boolean(), message: z.string().optional() });
const submitted = z.object({ result: z.boolean().optional(), error: z.string().optional() });

/**
 * Sends vertices to the node that is followed: whether they are taken is for that to say, and they
 * are here once it tells of them. Throws `remote_away` where it does not answer, or
 * asks to come back.
 */
export class RemoteIntake implements VertexTaker {
  readonly network: Network;
  readonly #node: RemoteNode;

  constructor(network: Network, node: RemoteNode) {
    this.network = network;
    this.#node = node;
  }

  whyNot(): undefined {
    return undefined;
  }

  accept(vertex: Vertex): Promise<TakenAnswer> {
    return isBlock(vertex) ? this.submitBlock(vertex) : this.pushTransaction(vertex);
  }

  async submitBlock({ bytes }: Vertex): Promise<TakenAnswer> {
    const answer = await this.#ask("/submit_block", { hexdata: bytes.toHex() }, submitted);
    if (answer?.result === true) return { isAccepted: true };
    if (answer?.result !== false) return { isAccepted: false, message: answer?.error ?? FAILS };
    return {
      isAccepted: false,
      code: "ParentNotBest",
      message: "The node does not take the block",
    };
  }

  async pushTransaction({ bytes }: Vertex): Promise<TakenAnswer> {
    const answer = await this.#ask("/push_tx", { hex_tx: bytes.toHex() }, pushed);
    if (answer?.success === true) return { isAccepted: true };
    return { isAccepted: false, message: answer?.message ?? FAILS };
  }

  /** What the node says; undefined where it fails on what it is sent, as the original does on some. */
  async #ask<T>(path: string, body: unknown, form: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.#node.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await textOfAnswer(answer, ANSWER_BYTES);
    if (LATER.has(answer.status)) {
      throw new LedgerError("remote_away", `${this.#node.base}${path} answers ${answer.status}`);
    }
    return bodyBy(form, bodyIfAny(text)).data;
  }
}
