import type { HieraChainApi } from "../../../support/hierachain_api.ts";
import { until } from "../../../support/until.ts";

/** What happened on HieraChain. */
export interface HieraTraffic {
  readonly chain: string;
  readonly entity: string;
  /** A block of the chain with an event of the entity, and others. */
  readonly block: number;
}

const PLACES = ["production", "warehouse", "retail"] as const;

/** Three chains, a product that passes through them, proofs in the root, and what others do. */
export async function hieraTraffic(api: HieraChainApi): Promise<HieraTraffic> {
  const entity = "PROD-1";
  for (const chain of PLACES) await api.create(chain);
  const say = (chain: string, event_type: string, details: unknown) =>
    api.append(chain, { entity_id: entity, event_type, details });
  const made = { quantity: 100, weight: 12.5, pure: 1.0 };
  const { offset } = await say("production", "production_complete", made);
  await api.fill("production", 5, "PROD-2", "inspected");
  // Which it is depends on how much of a second all that took.
  const block = await until("the block of an event", async (): Promise<number | undefined> => {
    const { body } = await api.get(`/api/ledger/chains/production/events/${offset}`);
    return body.block_index ?? undefined;
  });
  await api.post("/api/ledger/chains/production/submit-proof");
  await say("warehouse", "received", { shelf: "A7", note: "Xin chào ✅" });
  await say("production", "recalled", { reason: "a scratch", cost: 1e-7 });
  await say("warehouse", "shipped", { to: "retail" });
  await api.blocks("warehouse", 2);
  await say("retail", "sold", { price: 19.99 });
  await api.blocks("retail", 2);
  await api.post("/api/ledger/chains/retail/submit-proof");
  await api.blocks("main_chain", 2);
  return { chain: "production", entity, block };
}
