import type { TakenAnswer } from "../intake/answer.ts";
import type { VertexTaker } from "../intake/intake.ts";
import { vertexJson } from "../json/vertex_json.ts";
import { VALIDATION_FAILED } from "../rules/refusal.ts";
import type { Transaction } from "../vertex/vertex.ts";
import type { JsonObject } from "../json/output_json.ts";

/** What has become of a transaction that the node was asked to send. */
export interface Sent {
  readonly isAccepted: boolean;
  readonly message: string;
  /**
   * Left out where a rule refuses it, since the original finds that before it has one to tell; but
   * what it weighs is asked of one that it has.
   */
  readonly tx?: JsonObject;
}

/** Takes a transaction in that was made, or mined, for a request. Scripts may be of any kind. */
export async function sendTransaction(intake: VertexTaker, tx: Transaction): Promise<Sent> {
  const answer: TakenAnswer = await intake.accept(tx, { kind: "push", allowsNonStandard: true });
  const told = vertexJson(intake.network, tx);
  if (answer.isAccepted) return { isAccepted: true, message: "", tx: told };
  const { message } = answer;
  if (message.startsWith(VALIDATION_FAILED) && answer.code !== "WeightError") {
    return { isAccepted: false, message: message.slice(VALIDATION_FAILED.length) };
  }
  return { isAccepted: false, message, tx: told };
}
