import { z } from "zod";
import type { Clock } from "../../../kernel/clock.ts";
import type { Chain } from "../../../log/chain.ts";
import { answerFor } from "../../../remote/forward.ts";
import { ANSWER_BYTES } from "../../../remote/node_answers.ts";
import { textOfAnswer } from "../../../remote/whole_answer.ts";
import { askedUrl } from "../../../web/asked_url.ts";
import { findTransaction } from "../chain/queries.ts";

/** Milliseconds that an answer waits at the most. */
const WAIT_MS = 2_000;

/** What a node answers to what it takes. */
const taken = z.looseObject({ id: z.string() });

/**
 * The answer of a node to what was sent on to it, as the node gives it: the runtime does not tell its
 * reason phrase, which is in capitals. Before a client is told that a transaction is in a block
 * (`mode=commit`) that block is waited for: drivers ask for it next.
 */
export async function nodeAnswer(
  chain: Chain,
  clock: Clock,
  asked: Request,
  answer: Response,
): Promise<Response> {
  const { searchParams } = askedUrl(asked);
  const { status, headers } = answer;
  const told = { status, statusText: answer.statusText.toUpperCase(), headers };
  if (searchParams.get("mode") !== "commit" || status !== 202) {
    return new Response(answer.body, told);
  }
  const text = await answerFor(textOfAnswer(answer, ANSWER_BYTES));
  const id = idIn(text);
  if (id !== undefined) await comes(chain, clock, id, asked.signal);
  return new Response(text, told);
}

/** Waits until a transaction is in a block here, as long as that may take. */
async function comes(chain: Chain, clock: Clock, id: string, signal: AbortSignal): Promise<void> {
  const late = new AbortController();
  const cancel = clock.after(WAIT_MS, () => late.abort());
  try {
    const next = await chain.startOf({ at: "latest" });
    const batches = chain.followBatches(next, AbortSignal.any([signal, late.signal]));
    // What comes while it is looked for wakes the next look.
    for await (const _told of batches) {
      if (await findTransaction(chain, id) !== undefined) return;
    }
  } finally {
    cancel();
  }
}

function idIn(text: string): string | undefined {
  try {
    return taken.parse(JSON.parse(text)).id;
  } catch {
    return undefined;
  }
}
