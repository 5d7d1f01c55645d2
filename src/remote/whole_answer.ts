import { LedgerError, messageOf } from "../kernel/errors.ts";
import { GrowingBytes } from "../kernel/growing_bytes.ts";

/** Waits for a part of an answer, as long as that may take. */
export type WaitForPart = <T>(part: Promise<T>) => Promise<T>;

const forever: WaitForPart = (part) => part;

/**
 * The bytes of what a remote answers. Throws `remote_invalid` where it has more than `most`, and
 * `remote_away` where the connection ends amid it, or what `within` throws.
 */
export async function answerBytes(
  answer: Response,
  most: number,
  within: WaitForPart = forever,
): Promise<Uint8Array<ArrayBuffer>> {
  const { headers, url } = answer;
  const announced = Number(headers.get("content-length") ?? 0);
  const bytes = new GrowingBytes(announced > 0 && announced <= most ? announced : 0);
  try {
    for await (const part of answerParts(answer, within)) {
      if (bytes.length + part.length > most) {
        throw new LedgerError("remote_invalid", `${url}: an answer of more than ${most} bytes`);
      }
      bytes.add(part);
    }
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    throw new LedgerError("remote_away", `${url}: ${messageOf(error)}`, {}, error);
  }
  return bytes.whole();
}

/** The same as text. */
export async function textOfAnswer(
  answer: Response,
  most: number,
  within?: WaitForPart,
): Promise<string> {
  return new TextDecoder().decode(await answerBytes(answer, most, within));
}

/**
 * How an answer begins that is told to somebody: up to about `most` bytes, and less where it ends
 * before. What comes behind is not read.
 */
export async function answerStart(
  answer: Response,
  most: number,
  within: WaitForPart = forever,
): Promise<string> {
  const bytes = new GrowingBytes();
  try {
    for await (const part of answerParts(answer, within)) {
      bytes.add(part.subarray(0, most - bytes.length));
      if (bytes.length >= most) break;
    }
  } catch {
    // What has come of it is told.
  }
  return new TextDecoder().decode(bytes.whole());
}

/** The parts of a body, each waited for. */
export async function* answerParts(
  { body }: Pick<Response, "body">,
  within: WaitForPart,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
