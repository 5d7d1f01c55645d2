/**
 * Reads a body, or nothing more than its beginning: undefined when it is larger than `limit` bytes,
 * whatever its headers say. Throws what the connection ends with.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get("content-length") ?? NaN);
  if (announced > limit) return undefined;
  if (announced >= 0) return await request.bytes();
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body) {
    size += part.length;
    if (size > limit) return undefined;
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
