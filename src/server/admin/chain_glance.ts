import { isDamage, LedgerError } from "../../kernel/errors.ts";
import { firstOf } from "../../log/base.ts";
import type { ChainGlances } from "../watching/chain_glances.ts";
import { timeOf } from "./answers.ts";
import type { ChainTools } from "./chain_tools.ts";

/** A chain at a glance, for `GET /v1/chains/:chain`. Throws `chain_unknown`. */
export async function chainGlance(
  tools: ChainTools,
  glances: ChainGlances,
  name: string,
): Promise<unknown> {
  const chain = tools.chain(name);
  const head = await chain.head();
  if (head === undefined) throw new LedgerError("chain_unknown", `There is no chain ${name}`);
  const { epoch, next, id, time, hash, commits, bytes } = head;
  const begin = firstOf(head);
  const [first] = await untold(() => chain.readEach([begin], 1)) ?? [];
  const types = await untold(() => glances.types(chain, head));
  return {
    chain: name,
    epoch,
    first: first === undefined ? null : { offset: begin, id: first.id, time: timeOf(first.time) },
    head: { next, id, time: timeOf(time), hash },
    events: next,
    commits,
    bytes,
    rate: await tools.rate(name, head),
    types: types ?? null,
  };
}

/** What is read; undefined where it is damaged, which `verify` tells more of, or goes meanwhile. */
async function untold<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isGone = error instanceof LedgerError && error.code === "offset_gone";
    if (isGone || isDamage(error)) return undefined;
    throw error;
  }
}
