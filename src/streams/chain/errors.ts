/** Response headers that go with a refusal. */
export type RefusalHeaders = Readonly<Record<string, string>>;

/**
 * A request that the protocol refuses: the status it asks for, a stable code, and the headers from
 * which clients learn what to do. The message is for people.
 */
export class StreamRefusal extends Error {
  override readonly name = "StreamRefusal";
  readonly status: number;
  readonly code: string;
  readonly headers: RefusalHeaders;

  constructor(status: number, code: string, message: string, headers: RefusalHeaders = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function badRequest(code: string, message: string): StreamRefusal {
  return new StreamRefusal(400, code, message);
}

export function noStream(message = "There is no such stream"): StreamRefusal {
  return new StreamRefusal(404, "not_found", message);
}

/** The refusal of a stream that was deleted, and whose data is kept for its forks only. */
export function retained(): StreamRefusal {
  return new StreamRefusal(410, "gone", "The stream was deleted; its forks still read from it");
}

export function conflict(
  code: string,
  message: string,
  headers: RefusalHeaders = {},
): StreamRefusal {
  return new StreamRefusal(409, code, message, headers);
}
