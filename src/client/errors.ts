/**
 * Why a stream cannot be read or written. Whatever may pass by itself (a server that is stopping, a
 * lost connection) is tried again instead of thrown.
 *
 * @example Telling one reason from another
 * ```ts
 * import { StreamClient, StreamError } from "@ledgerline/client";
 *
 * const stream = new StreamClient<number>("http://localhost:8000/v1/stream/nowhere");
 * try {
 *   await stream.append(1);
 * } catch (error) {
 *   if (!(error instanceof StreamError)) throw error;
 *   console.log(error.code, error.status); // not_found 404
 * }
 * ```
 */
export class StreamError extends Error {
  /** Always `StreamError`. */
  override readonly name = "StreamError";
  /**
   * Stable, for programs: the server's own where it refused (`unauthorized`, `not_found`,
   * `stream_closed`, `producer_fenced` …); of a socket that ended for good `unauthorized`, `damaged`,
   * `epoch_ended`, `gone` or `closed_<close code>`; `unreachable` after the last of
   * {@linkcode ConnectOptions.retries}; `too_large` for an append that no message holds.
   */
  readonly code: string;
  /** HTTP status of a refusal; undefined where there was none. */
  readonly status: number | undefined;
  /** Where the stream ends, if an append expected another offset (`offset_mismatch`). */
  readonly offset: string | undefined;
  /** The name of the other stream that ends there (`elsewhere_mismatch`). */
  readonly stream: string | undefined;

  /** Made by the client; `message` is for people. */
  constructor(
    code: string,
    message: string,
    status?: number,
    cause?: unknown,
    { stream, offset }: {
      readonly stream?: string | undefined;
      readonly offset?: string | undefined;
    } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.offset = offset;
    this.stream = stream;
  }
}
