import { jsonifyBody } from "../http/json_bodies.ts";

/** Names of the original's exceptions, as they stand in the messages of refusals. */
export type RefusalName =
  | "AmountError"
  | "AssetIdMismatch"
  | "DoubleSpend"
  | "DuplicateTransaction"
  | "InputDoesNotExist"
  | "InvalidHash"
  | "InvalidPowerChange"
  | "InvalidProposer"
  | "InvalidPublicKey"
  | "InvalidSignature"
  | "KeyError"
  | "MultipleInputsError"
  | "SchemaValidationError"
  | "ThresholdTooDeep"
  | "TypeError"
  | "UnequalValidatorSet"
  | "UnicodeEncodeError"
  | "UnsupportedTypeError"
  | "ValidationError"
  | "ValueError";

/** A transaction that is not taken: the answer's status and its body, to the byte. */
export class TransactionRefused extends Error {
  override readonly name = "TransactionRefused";

  /**
   * @param code what was wrong: the exception's name, `schema`, `too_large`, or `version`
   * @param message the text a client is told
   */
  constructor(
    readonly code: RefusalName | "schema" | "too_large" | "version",
    message: string,
    readonly status: number = 400,
  ) {
    super(message);
  }

  /** The body of the HTTP answer. */
  get body(): string {
    return jsonifyBody({ message: this.message, status: this.status });
  }
}

/** The refusal that the original makes of its exception `name`. */
export function refused(name: RefusalName, text: string): TransactionRefused {
  return new TransactionRefused(name, `Invalid transaction (${name}): ${text}`);
}

/** The refusal of what does not fit a schema, in the words of `jsonschema`. */
export function refusedBySchema(text: string): TransactionRefused {
  return new TransactionRefused("schema", `Invalid transaction schema: ${text}`);
}

/** The refusal, with the original's status and words, of what no block can hold. */
export function tooLarge(): TransactionRefused {
  return new TransactionRefused(
    "too_large",
    "Invalid Request - Error reading request body: http: request body too large",
    500,
  );
}
