import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { GrowingBytes } from "../../../kernel/growing_bytes.ts";

/**
 * The text of what a remote answers. Throws `remote_invalid` where it has more than `most` bytes, and
 * `remote_away` where the connection ends amid it.
 */
export async function answerOf({ body, url }: Response, most: number): Promise<string> {
  const bytes = new GrowingBytes();
  try {
    for await (const part of body ?? []) {
      if (bytes.length + part.length > most) {
        throw new LedgerError("remote_invalid", `${url}: an answer of more than ${most} bytes`);
      }
      bytes.add(part);
    }
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    throw new LedgerError("remote_away", `${url}: ${messageOf(error)}`, {}, error);
  }
  return new TextDecoder().decode(bytes.whole());
}
