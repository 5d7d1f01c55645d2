import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { KeptAnswer } from "../../remote/kept_answer.ts";
import { textOfAnswer } from "../../remote/whole_answer.ts";
import type { AskRemote, Owner } from "../../web/owner.ts";
import type { HathorNode } from "./intake/node.ts";
import { LEDGER } from "./networks/chain_names.ts";
import { contractsRoot } from "./queries/contracts.ts";

/** Milliseconds for which it is not asked for again, and that a wallet waits for it. */
const KEPT_MS = 10_000;
const ASK_MS = 3_000;

const MOST_BYTES = 64 * 1024;

const version = z.looseObject({ nano_contracts_enabled: z.boolean() });

/**
 * Says whether contracts are executed: here, or where chains are copies of another server's, there.
 * While that has not answered, a chain whose state has contracts is one that executes them.
 */
export function contractsExecuted(
  node: HathorNode,
  owner: Owner,
  clock: Clock,
): () => Promise<boolean> {
  const here = () => Promise.resolve(node.contracts !== undefined);
  const known = new KeptAnswer(
    owner.task<void, boolean>("hathor/executes", here, askThere),
    clock,
    KEPT_MS,
  );
  return async () => {
    const said = await known.value();
    return said ?? await contractsRoot(node.rows) !== undefined;
  };
}

async function askThere(ask: AskRemote): Promise<boolean> {
  const signal = AbortSignal.timeout(ASK_MS);
  const answer = await ask(`/${LEDGER}/v1a/version`, { signal });
  const text = await textOfAnswer(answer, MOST_BYTES);
  try {
    return version.parse(JSON.parse(text)).nano_contracts_enabled;
  } catch (error) {
    const why = "the server that is followed tells no version of Hathor";
    throw new LedgerError("remote_invalid", why, {}, error);
  }
}
