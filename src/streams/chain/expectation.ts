import { conflict, StreamRefusal } from "./errors.ts";
import { endToken, layoutOf, positionOf } from "./layout.ts";
import type { StreamState } from "./state.ts";

/** Where a stream has to end for an append to be done (optimistic concurrency). */
export interface Expectation {
  /** The offset that it ends at: a token, or `-1` where it has nothing yet. */
  readonly offset?: string | undefined;
  /** Entity tags of which it has one; `*` for any. */
  readonly tags?: readonly string[] | undefined;
}

/** Reads `Stream-Expected-Offset` and `If-Match`; undefined where there are none. */
export function readExpectation(headers: Headers): Expectation | undefined {
  const offset = headers.get("stream-expected-offset") ?? undefined;
  // A tag becomes a weak one where the answer that told it was compressed on its way.
  const tags = headers.get("if-match")?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return offset === undefined && tags === undefined ? undefined : { offset, tags };
}

/** The entity tag of a stream that ends at a token. */
export function tagOf(end: string): string {
  return `"${end}"`;
}

/** What a read is tagged with that came to the end, in parts: the life, and the place after it. */
const READ_TAG = /^"([0-9a-f]{16}):\d{1,16}:(\d{1,16})[:"]/;

/**
 * Refuses an append to a stream that does not end where it is expected to. Throws 409 for an offset
 * and 412 for a tag, both with the stream's end, and 400 or 410 for an offset that it cannot have.
 */
export function refuseUnexpected(
  name: string,
  state: StreamState,
  { offset, tags }: Expectation,
): void {
  const layout = layoutOf(name, state);
  const end = endToken(state);
  const headers = { "stream-next-offset": end, etag: tagOf(end) };
  if (offset !== undefined && (offset === "-1" ? 0 : positionOf(layout, offset)) !== layout.tail) {
    throw conflict("offset_mismatch", "The stream does not end at the expected offset", headers);
  }
  const isTag = (tag: string) => {
    const [, life, next] = READ_TAG.exec(tag) ?? [];
    return tag === "*" || tag === headers.etag ||
      (life === state.life && Number(next) === layout.tail);
  };
  if (tags === undefined || tags.some(isTag)) return;
  throw new StreamRefusal(412, "precondition_failed", "The stream has changed", headers);
}
