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
  | "OperationError"
  | "SchemaValidationError"
  | "ThresholdTooDeep"
  | "TypeError"
  | "UnequalValidatorSet"
  | "UnicodeEncodeError"
  | "UnsupportedTypeError"
  | "ValidationError"
  | "ValueError";

/** A transaction that is not taken, with the status and the text that the original answers. */
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
}

/** The refusal that the original makes of its exception `name`. */
export function invalidTransaction(name: RefusalName, text: string): TransactionRefused {
  return new TransactionRefused(name, `Invalid transaction (${name}): ${text}`);
}

/** The refusal of what does not fit a schema, in the words of `jsonschema`. */
export function invalidBySchema(text: string): TransactionRefused {
  return new TransactionRefused("schema", `Invalid transaction schema: ${text}`);
}

/** The refusal of what is too large for a block, with the original's status and words. */
export function tooLarge(): TransactionRefused {
  return new TransactionRefused(
    "too_large",
    "Invalid Request - Error reading request body: http: request body too large",
    500,
  );
}

/** The refusal of an input that names no output of the transaction that it names. */
export function noSuchOutput(transactionId: string, outputIndex: string): TransactionRefused {
  const text = `output \`${outputIndex}\` of input \`${transactionId}\` doesn't exist`;
  return invalidTransaction("InputDoesNotExist", text);
}
