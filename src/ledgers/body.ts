import { GrowingBytes } from "../kernel/growing_bytes.ts";

/**
 * Reads a body, or nothing more than its beginning: undefined when it is larger than `limit` bytes,
 * whatever its headers say. However small the parts are in which it comes, what is kept is at most
 * twice as large as what has come. Throws what the connection ends with.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get("content-length") ?? NaN);
  if (announced > limit) return undefined;
  if (announced >= 0) return await request.bytes();
  if (request.body === null) return new Uint8Array();
  const bytes = new GrowingBytes();
  for await (const part of request.body) {
    if (bytes.length + part.length > limit) return undefined;
    bytes.add(part);
  }
  return bytes.whole();
}
