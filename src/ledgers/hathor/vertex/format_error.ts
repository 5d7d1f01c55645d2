/**
 * How the reference node takes bytes that are no vertex:
 *
 * - `malformed`: its parser says so. HTTP answers "Try to decode it first to validate it.", or
 *   "Could not decode transaction".
 * - `uncaught`: its parser fails in a way that nothing there answers: HTTP 500, and a socket that
 *   drops.
 */
export type FormatErrorCode = "malformed" | "uncaught";

/** Bytes that are no vertex. The message is the node's innermost one, where it has one. */
export class VertexFormatError extends Error {
  override readonly name = "VertexFormatError";
  constructor(readonly code: FormatErrorCode, message: string) {
    super(message);
  }
}

/** Bytes that the node's parser refuses. */
export function malformed(message: string): VertexFormatError {
  return new VertexFormatError("malformed", message);
}

/** Bytes on which the node's parser fails. */
export function uncaught(message: string): VertexFormatError {
  return new VertexFormatError("uncaught", message);
}
