/**
 * The one kind of error this program throws on purpose. `code` is stable: clients, metrics and
 * tests branch on it; the message is for people and may change.
 */
export type ErrorCode =
  | "offset_mismatch"
  | "producer_fenced"
  | "producer_gap"
  | "too_large"
  | "position_invalid"
  | "epoch_mismatch"
  | "offset_gone"
  | "chain_unknown"
  | "key_unknown"
  | "chain_exists"
  | "chain_differs"
  | "mirrored"
  | "remote_away"
  | "remote_busy"
  | "remote_invalid"
  | "remote_refused"
  | "remote_new_life"
  | "remote_not_mine"
  | "network_differs"
  | "import_invalid"
  | "damaged"
  | "store_busy"
  | "store_full"
  | "store_unavailable"
  | "store_refused"
  | "config_invalid"
  | "closed";

/** HTTP status that answers a request ended by each code, where a dialect has no form of its own. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  offset_mismatch: 409,
  producer_fenced: 403,
  producer_gap: 409,
  too_large: 413,
  position_invalid: 400,
  epoch_mismatch: 410,
  offset_gone: 410,
  chain_unknown: 404,
  key_unknown: 404,
  chain_exists: 409,
  chain_differs: 409,
  mirrored: 503,
  remote_away: 503,
  remote_busy: 503,
  remote_invalid: 502,
  remote_refused: 502,
  remote_new_life: 503,
  remote_not_mine: 503,
  network_differs: 503,
  import_invalid: 400,
  damaged: 500,
  store_busy: 503,
  store_full: 507,
  store_unavailable: 503,
  store_refused: 503,
  config_invalid: 500,
  closed: 503,
};

/** An expected failure. `details` holds the facts a caller may act on (offsets, limits). */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** Whether it says that what is stored is damaged: trying again is of no use. */
export function isDamage(error: unknown): error is LedgerError {
  return error instanceof LedgerError && error.code === "damaged";
}

/** What a URL holds beside where it leads: credentials before its host, and its query. */
const URL_CREDENTIALS = /\b(\w+:\/\/)[^\s/?#@]*@/g;
/** Taken to the URL's end whether it has a query or not, so that a text is gone through once. */
const URL_QUERY = /\b(\w+:\/\/[^\s?]*)(\S*)/g;
const QUOTE_AT_END = /['")]$/;

/**
 * The text of whatever was thrown, for people. URLs in it lose what may be a secret: the store's,
 * above all, which the runtime tells in full.
 */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (!text.includes("://")) return text;
  return text.replaceAll(URL_CREDENTIALS, "$1").replaceAll(
    URL_QUERY,
    (url, path: string, query: string) =>
      query === "" ? url : path + (QUOTE_AT_END.exec(url)?.[0] ?? ""),
  );
}
