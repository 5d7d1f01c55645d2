import { messageOf } from "../kernel/errors.ts";

/** What a KV service answered that is none of its answers to what was asked. */
export class KvAnswerError extends Error {
  override readonly name = "KvAnswerError";
  /** The status of HTTP. */
  readonly status: number;

  constructor(status: number, text: string) {
    super(text === "" ? `status ${status}` : text);
    this.status = status;
  }
}

/** A KV service that could not be asked, or did not answer. Whether it did what was asked is open. */
export class KvAwayError extends Error {
  override readonly name = "KvAwayError";
}

/** What `fetch` threw, without where it asked. */
export function away(error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable) return error;
  const text = messageOf(error).replaceAll(/ ?(?:for url )?\(?https?:\/\/[^\s')]+\)?/g, "");
  return new KvAwayError(text, { cause: error });
}
