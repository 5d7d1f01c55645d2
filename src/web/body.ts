import { GrowingBytes } from "../kernel/growing_bytes.ts";
import { LARGE_BODY_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { isLarge, readInPlace } from "./large_bodies.ts";

/** How many times as large as its text JSON is that is read into values: empty objects take most. */
export const PARSED_GROWTH = 64;

/** Parts of a body that are read between two looks at the clock: small ones cost as much as others. */
export const PARTS_PER_TURN = 64;

/**
 * Reads a body, or nothing more than its beginning: undefined when it is larger than `limit` bytes,
 * whatever its headers say. However small the parts are in which it comes, what is kept is at most
 * twice as large as what has come. A large one is read, and given to be worked on, when its turn comes.
 * Throws what the connection ends with.
 *
 * @param growth how many times as large it becomes where it is worked on
 */
export function readBody(
  request: Request,
  limit: number,
  growth = PARSED_GROWTH,
): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get("content-length") ?? NaN);
  if (announced > limit) return Promise.resolve(undefined);
  if (!(announced >= 0)) return readUnannounced(request, limit, growth);
  if (!isLarge(announced)) return request.bytes();
  return readInPlace(request, announced, growth, () => request.bytes());
}

/** Reads a body that does not say how long it is. */
async function readUnannounced(
  request: Request,
  limit: number,
  growth: number,
): Promise<Uint8Array | undefined> {
  const { body } = request;
  if (body === null) return new Uint8Array();
  const parts = body[Symbol.asyncIterator]();
  const bytes = new GrowingBytes();
  const pace = new Pace(PARTS_PER_TURN);
  /** Reads on while there are no more than `most` bytes; whether that was all. */
  const endsWithin = async (most: number): Promise<boolean> => {
    while (bytes.length <= most) {
      const { done, value } = await parts.next();
      if (done === true) return true;
      bytes.add(value);
      const turn = pace.spend(1);
      if (turn !== undefined) await turn;
    }
    return false;
  };
  if (await endsWithin(Math.min(limit, LARGE_BODY_BYTES))) return bytes.whole();
  return await readInPlace(request, limit, growth, async () => {
    if (await endsWithin(limit)) return bytes.whole();
    await parts.return?.();
    return undefined;
  });
}
