import type { VertexRefusalCode } from "../rules/refusal.ts";
import type { Vertex } from "../vertex/vertex.ts";

/** Why a vertex is not taken: a rule, or what the graph has against it. */
export type AnswerCode =
  | VertexRefusalCode
  | "TransactionAlreadyExists"
  | "TimestampInFuture"
  | "DoubleSpendingError"
  | "SpendingVoidedError"
  | "RewardLockedError"
  | "NonStandardTxError"
  /** A block that does not follow the best one, where it has to. */
  | "ParentNotBest"
  /** It would change more vertices than a large commit may. */
  | "TooManyChanges";

/** A vertex that is in the graph now. */
export interface AcceptedVertex {
  readonly isAccepted: true;
  readonly hash: string;
  /** It lost a double spend, builds on one that did, or is a block outside the best chain. */
  readonly isVoided: boolean;
  readonly best: { readonly hash: string; readonly height: number };
  /** What a reorganisation has made invalid: none of it is in the node any more. */
  readonly removed: readonly Vertex[];
  /** Ids of its events: from `first` on and before `next`. */
  readonly first: number;
  readonly next: number;
}

/** A vertex that is not taken. `message` is the reference node's text, as `push_tx` shows it. */
export interface RefusedVertex {
  readonly isAccepted: false;
  readonly code: AnswerCode;
  readonly message: string;
}

export type IntakeAnswer = AcceptedVertex | RefusedVertex;

/** What has become of a vertex, wherever it was taken in. A rule's name is known of this node alone. */
export type TakenAnswer =
  | Pick<AcceptedVertex, "isAccepted">
  | Pick<RefusedVertex, "isAccepted" | "message"> & Partial<Pick<RefusedVertex, "code">>;

/**
 * Why a miner's block is not taken, where the original takes that for an error: what does not follow
 * the best block, or is none, is no error to it, and all else is.
 */
export function blockError(answer: TakenAnswer): string | undefined {
  return answer.isAccepted || answer.code === "ParentNotBest" ? undefined : answer.message;
}

/** What the graph has against a vertex; becomes {@linkcode RefusedVertex}. */
export class GraphRefusal extends Error {
  override readonly name = "GraphRefusal";
  constructor(readonly code: AnswerCode, message: string) {
    super(message);
  }
}

/** The refusal of a vertex that only an engine of contracts can take, and there is none, or it fails. */
export function notExecutable({ message }: Error): RefusedVertex {
  return { isAccepted: false, code: "NotExecutable", message };
}

/** The refusal of a vertex that would change more than a large commit may. */
export function tooManyChanges({ hash }: { readonly hash: string }): RefusedVertex {
  return {
    isAccepted: false,
    code: "TooManyChanges",
    message: `${hash} would change more vertices at once than this node can: it is not taken`,
  };
}
