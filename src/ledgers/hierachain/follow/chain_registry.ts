import type { Command } from "../../../log/command.ts";
import type { Log } from "../../../log/log.ts";
import { writeCanonicalJson } from "../../../python/json_write.ts";
import { chainLogName, REMOTE_REGISTRY } from "../chain/names.ts";
import { registeredNameRow } from "../chain/rows.ts";
import { EVENT_TYPE, REGISTRATION } from "../event/event_types.ts";

/** Chains that are registered in one commit. */
const TOGETHER = 100;

/**
 * Notes the sub-chains that a node lists, in its order, each once. The original registers them in
 * memory alone, so that its root chain does not tell of them.
 */
export async function registerChains(log: Log, names: readonly string[]): Promise<void> {
  const chain = log.chain(chainLogName(REMOTE_REGISTRY));
  for (let at = 0; at < names.length; at += TOGETHER) {
    await chain.execute(registering(names.slice(at, at + TOGETHER)));
  }
}

function registering(names: readonly string[]): Command<void> {
  return async (tx) => {
    for (const name of names) {
      if (await tx.get(registeredNameRow(name)) !== undefined) continue;
      const data = writeCanonicalJson({ entity_id: name, event: REGISTRATION });
      await tx.emit({ type: EVENT_TYPE, keys: [REGISTRATION], data });
    }
  };
}
