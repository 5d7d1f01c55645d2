import { z } from "zod";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import type { Chain } from "../../../log/chain.ts";
import { findTransaction } from "../chain/queries.ts";

/** Milliseconds that an answer waits at the most, and between two looks. */
const WAIT_MS = 2_000;
const LOOK_MS = 10;

/** What a node answers to what it takes. */
const taken = z.looseObject({ id: z.string() });

/**
 * Waits until a transaction is here that a node has told to be in a block (`mode=commit`): drivers ask
 * for it next. It is told as it was, however that ends.
 */
export async function untilHere(
  chain: Chain,
  clock: Clock,
  asked: Request,
  answer: Response,
): Promise<Response> {
  const { searchParams } = new URL(asked.url);
  if (searchParams.get("mode") !== "commit" || answer.status !== 202) return answer;
  const { status, statusText, headers } = answer;
  const text = await answer.text();
  const id = idIn(text);
  for (let left = WAIT_MS; left > 0 && id !== undefined; left -= LOOK_MS) {
    if (await findTransaction(chain, id) !== undefined) break;
    await sleep(clock, LOOK_MS, asked.signal);
  }
  return new Response(text, { status, statusText, headers });
}

function idIn(text: string): string | undefined {
  try {
    return taken.parse(JSON.parse(text)).id;
  } catch {
    return undefined;
  }
}
