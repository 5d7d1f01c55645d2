import { GrowingBytes } from "../kernel/growing_bytes.ts";
import { Pace } from "../kernel/turn.ts";

/** Parts of a body that are read between two looks at the clock: small ones cost as much as others. */
export const PARTS_PER_TURN = 64;

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
  const pace = new Pace(PARTS_PER_TURN);
  for await (const part of request.body) {
    if (bytes.length + part.length > limit) return undefined;
    bytes.add(part);
    const turn = pace.spend(1);
    if (turn !== undefined) await turn;
  }
  return bytes.whole();
}
