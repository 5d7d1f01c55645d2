/**
 * Why a stream cannot be read or written. `code` is stable, and the server's own where the server
 * refused; the message is for people.
 */
export class StreamError extends Error {
  override readonly name = "StreamError";
  readonly code: string;
  /** HTTP status of a refusal; undefined where there was none. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
  }
}
