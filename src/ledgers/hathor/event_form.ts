import type { FormContext, ToldForm } from "../../web/ledger.ts";
import { openNode } from "./intake/node.ts";
import { DEPOSIT_BOOK_PREFIX, networkChainName } from "./networks/chain_names.ts";
import { nodeEventText } from "./rows/node_event.ts";
import { readNetwork } from "./settings.ts";
import { nodeEventsOf } from "./queries/node_events.ts";

/** The events of the node's network, as its event queue and `/event` tell them. */
export async function eventFormOf(
  chain: string,
  { log, clock, settings }: FormContext,
): Promise<ToldForm | undefined> {
  // Whose addresses are watched is nobody's business.
  if (chain.startsWith(DEPOSIT_BOOK_PREFIX)) return { data: () => "null" };
  const network = await readNetwork(settings);
  // How another network's addresses look is not known here.
  if (chain !== networkChainName(network.name)) return undefined;
  const events = nodeEventsOf(await openNode({ log, clock, network }));
  return { data: async (batch, index) => nodeEventText(await events.of(batch.event(index))) };
}
