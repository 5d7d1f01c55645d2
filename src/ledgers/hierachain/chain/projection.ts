import { isPyObject, type PyObject, valueAt } from "../../../python/json.ts";
import { parseStoredJson } from "../../../python/json_parse.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import type { Projection, Rows } from "../../../log/projection.ts";
import { leafPreimage } from "../block/block_hash.ts";
import { type BlockData, readBlock } from "../block/block_data.ts";
import { entityMark, indexEntities } from "./entity_index.ts";
import { readStored } from "../../../log/read_stored.ts";
import { addLeaf, leafHash } from "../block/merkle.ts";
import { BLOCK, chainNameOf, MAIN_CHAIN } from "./names.ts";
import {
  type BlockRow,
  blockRow,
  type ChainState,
  hashRow,
  PROOFS,
  registeredNameRow,
  registeredRow,
  REGISTRATIONS,
  STATE,
  withPending,
} from "./rows.ts";

/** What a stored event says that rows need: given as the event's memo, or read from its text. */
export interface EventFacts {
  readonly entityId: string;
  readonly eventType: string;
  readonly leaf: string;
}

/** The rows of one HieraChain chain. */
export function projectionOf(logName: string): Projection {
  const name = chainNameOf(logName);
  return {
    version: 1,
    async apply(event, rows) {
      if (event.type === BLOCK) await applyBlock(name, event, rows);
      else await applyEvent(name, event, rows);
    },
  };
}

async function applyEvent(name: string, event: PlacedEvent, rows: Rows): Promise<void> {
  const state = await rows.get<ChainState>(STATE);
  if (state === undefined) throw new Error(`${name} has an event before its genesis`);
  // Only this ledger's commands emit to its chains, and their memo is these facts.
  const facts = event.memo as EventFacts | undefined ?? factsOf(String(event.data));
  const peaks = addLeaf(state.pending?.peaks ?? [], facts.leaf);
  rows.set(STATE, {
    ...state,
    counted: state.counted + 1,
    pending: withPending(
      state.pending,
      event.offset,
      event.time,
      entityMark(facts.entityId),
      peaks,
    ),
  });
  if (name === MAIN_CHAIN) await applyToRegistry(facts, rows);
}

async function applyBlock(name: string, event: PlacedEvent, rows: Rows): Promise<void> {
  const block = event.memo as BlockData | undefined ?? readBlock(String(event.data));
  const state = await rows.get<ChainState>(STATE);
  const [, domain = ""] = event.keys;
  const counted = state?.counted ?? 0;
  rows.set(STATE, {
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

/** The root chain keeps who is registered, in order, and how many proofs it has taken. */
async function applyToRegistry(facts: EventFacts, rows: Rows): Promise<void> {
  if (facts.eventType === "proof_submission") {
    rows.set(PROOFS, (await rows.get<number>(PROOFS) ?? 0) + 1);
  }
  if (facts.eventType !== "sub_chain_registration") return;
  const order = await rows.get<number>(REGISTRATIONS) ?? 0;
  rows.set(REGISTRATIONS, order + 1);
  rows.set(registeredRow(order), { name: facts.entityId });
  rows.set(registeredNameRow(facts.entityId), order);
}

/** Reads the facts of a stored event from its text. */
export function factsOf(text: string): EventFacts {
  const event = readEvent(text);
  return {
    entityId: String(valueAt(event, "entity_id")),
    eventType: String(valueAt(event, "event")),
    leaf: leafHash(leafPreimage(event)),
  };
}

/** Reads a stored event. Throws `damaged`. */
export function readEvent(text: string): PyObject {
  return readStored(() => {
    const event = parseStoredJson(text);
    if (!isPyObject(event)) throw new Error("it is not an object");
    return event;
  });
}
