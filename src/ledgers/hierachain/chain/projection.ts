import type { PlacedEvent } from "../../../log/event.ts";
import type { Projection, Rows } from "../../../log/projection.ts";
import { type BlockData, readBlockData } from "../block/block_data.ts";
import { entityHash, indexEntities } from "./entity_index.ts";
import { addLeaf } from "../block/merkle.ts";
import { chainNameOf, MAIN_CHAIN } from "./names.ts";
import { type EventFacts, factsOf } from "../event/event_facts.ts";
import { BLOCK_TYPE, REGISTRATION } from "../event/event_types.ts";
import {
  type BlockRow,
  blockRow,
  CHAIN_STATE,
  type ChainState,
  hashRow,
  PROOFS,
  registeredNameRow,
  registeredRow,
  REGISTRATIONS,
  withPending,
} from "./rows.ts";

/** The projection of the chain that tells which sub-chains a followed node has. */
export const remoteRegistryProjection: Projection = {
  version: 1,
  apply: (event, rows) => applyToRegistry(factsOf(String(event.data)), rows),
};

/** The projection of one HieraChain chain. */
export function hierachainProjection(logName: string): Projection {
  const name = chainNameOf(logName);
  return {
    version: 1,
    async apply(event, rows) {
      if (event.type === BLOCK_TYPE) await applyBlock(name, event, rows);
      else await applyEvent(name, event, rows);
    },
  };
}

async function applyEvent(name: string, event: PlacedEvent, rows: Rows): Promise<void> {
  const state = await rows.get<ChainState>(CHAIN_STATE);
  if (state === undefined) throw new Error(`${name} has an event before its genesis`);
  // Only this ledger's commands emit to its chains, with EventFacts for a memo.
  const facts = event.memo as EventFacts | undefined ?? factsOf(String(event.data));
  const peaks = addLeaf(state.pending?.peaks ?? [], facts.leaf);
  rows.set(CHAIN_STATE, {
    ...state,
    counted: state.counted + 1,
    pending: withPending(
      state.pending,
      event.offset,
      event.time,
      entityHash(facts.entityId),
      peaks,
    ),
  });
  if (name === MAIN_CHAIN) await applyToRegistry(facts, rows);
}

async function applyBlock(name: string, event: PlacedEvent, rows: Rows): Promise<void> {
  const block = event.memo as BlockData | undefined ?? readBlockData(String(event.data));
  const state = await rows.get<ChainState>(CHAIN_STATE);
  const [, domain = ""] = event.keys;
  const counted = state?.counted ?? 0;
  rows.set(CHAIN_STATE, {
    name,
    domain: state?.domain ?? domain,
    blocks: block.index + 1,
    lastHash: block.hash,
    lastTime: block.timestamp,
    events: (state?.events ?? 0) + block.count + block.own.length,
    counted,
    pending: null,
  });
  const { first, count } = block;
  rows.set(
    blockRow(block.index),
    {
      offset: event.offset,
      first,
      count,
      before: counted - count,
    } satisfies BlockRow,
  );
  rows.set(hashRow(block.hash), block.index);
  await indexEntities(block.index, first, state?.pending?.entities ?? [], rows);
}

/** In the root chain: registers sub-chains in order, and counts the proofs submitted. */
async function applyToRegistry(facts: EventFacts, rows: Rows): Promise<void> {
  if (facts.eventType === "proof_submission") {
    rows.set(PROOFS, (await rows.get<number>(PROOFS) ?? 0) + 1);
  }
  if (facts.eventType !== REGISTRATION) return;
  const order = await rows.get<number>(REGISTRATIONS) ?? 0;
  rows.set(REGISTRATIONS, order + 1);
  rows.set(registeredRow(order), { name: facts.entityId });
  rows.set(registeredNameRow(facts.entityId), order);
}
