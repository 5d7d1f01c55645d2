/** Why a vertex is refused, by the names of the reference node's exceptions. */
export type VertexRefusalCode =
  | "AuxPowLongMerklePathError"
  | "AuxPowNoMagicError"
  | "AuxPowUnexpectedMagicError"
  | "BlockMustSignalError"
  | "BlockWithTokensError"
  | "CheckpointError"
  | "ConflictingInputs"
  | "DuplicatedParents"
  | "FeeHeaderTokenNotFound"
  | "ForbiddenMelt"
  | "ForbiddenMint"
  | "HeaderNotSupported"
  | "IncorrectParents"
  | "InexistentInput"
  | "InputOutputMismatch"
  | "InvalidBlockReward"
  | "InvalidFeeAmount"
  | "InvalidFeeHeader"
  | "InvalidInputData"
  | "InvalidInputDataSize"
  | "InvalidOutputScriptSize"
  | "InvalidToken"
  | "InvalidVersionError"
  | "NCInvalidAction"
  | "NCInvalidPubKey"
  | "NCInvalidSignature"
  | "OCBInvalidScript"
  | "OCBPubKeyNotAllowed"
  | "ParentDoesNotExist"
  | "PowError"
  | "RewardLocked"
  | "ScriptError"
  | "TimestampError"
  | "TokenNotFound"
  | "TooFewInputs"
  | "TooManyInputs"
  | "TooManyOutputs"
  | "TooManySigOps"
  | "TooManyTokens"
  | "TransactionDataError"
  | "TransactionDoesNotExist"
  | "UnknownSignalBits"
  | "UnusedTokensError"
  | "WeightError"
  /** It would need something executed, or proven, that this program does not. */
  | "NotExecutable"
  /** The reference node has no answer: it fails (HTTP 500). */
  | "NodeFailure";

/** What a refusal begins with where HTTP tells of one. */
export const VALIDATION_FAILED = "full validation failed: ";

/**
 * A vertex that the rules refuse. The message is the reference node's `str(error)`, which may be
 * empty; HTTP puts {@linkcode VALIDATION_FAILED} before it.
 */
export class VertexRefusal extends Error {
  override readonly name = "VertexRefusal";
  constructor(readonly code: VertexRefusalCode, message: string) {
    super(message);
  }
}
