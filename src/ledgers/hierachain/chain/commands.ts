import { PyFloat, type PyObject } from "../../../python/json.ts";
import type { NewEvent } from "../../../log/event.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { Authority } from "./authority.ts";
import { type BlockData, finalizedBlock, genesisBlock, writeBlock } from "../block/block_data.ts";
import { systemEntry } from "../event/entry.ts";
import { MAIN_CHAIN, MAIN_CHAIN_TITLE } from "./names.ts";
import { BLOCK_TYPE, REGISTRATION } from "../event/event_types.ts";
import { CHAIN_STATE, type ChainState, PROOFS, registeredNameRow } from "./rows.ts";

/** A block closes when it has this many events… */
export const BLOCK_EVENTS = 50;

/**
 * …or an event of more than this many characters: sockets send a block in one message, which must
 * not take the memory of fifty of the largest events.
 */
const LARGE_EVENT = 32 * 1024;

/** …or this many milliseconds after its first. */
export const BLOCK_MS = 1_000;

/** A command found no such chain. */
export class UnknownChainError extends Error {
  override readonly name = "UnknownChainError";
}

/** Where an appended event is in the log. */
export interface AppendedEvent {
  /** The id the API answers with: chain, index of the block it goes to, and a running count. */
  readonly eventId: string;
  readonly offset: number;
  readonly id: string;
  /** Milliseconds since the epoch at which its block is due; undefined once that has closed. */
  readonly dueAt: number | undefined;
}

/** Creates a chain with its genesis block, unless it is there. Returns whether it was created. */
export function createChain(
  name: string,
  domain: string,
  seconds: number,
  first?: NewEvent,
): Command<boolean> {
  return async (tx) => {
    if (await tx.get<ChainState>(CHAIN_STATE) !== undefined) return false;
    await emitBlock(tx, genesisBlock(titleOf(name), seconds), domain);
    if (first !== undefined) await tx.emit(first);
    return true;
  };
}

/** Appends events, all or none, closing blocks as they fill. */
export function appendEvents(
  name: string,
  events: readonly NewEvent[],
  authority: Authority,
): Command<AppendedEvent[]> {
  return async (tx) => {
    let state = await stateOf(tx, name);
    const appended: AppendedEvent[] = [];
    for (const event of events) {
      const { offset, id } = await tx.emit(event);
      const eventId = `${name}_${state.blocks}_${state.counted + 1}`;
      state = await stateOf(tx, name);
      if ((state.pending?.count ?? 0) >= BLOCK_EVENTS || event.data.length > LARGE_EVENT) {
        await closePending(tx, state, authority);
        state = await stateOf(tx, name);
      }
      const dueAt = state.pending === null ? undefined : state.pending.since + BLOCK_MS;
      appended.push({ eventId, offset, id, dueAt });
    }
    return appended;
  };
}

/** A block that is not due yet: the offset of its first event, and the time at which it is. */
export interface OpenBlock {
  readonly first: number;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

/**
 * Closes the open block if it is due, if its first event has the offset `awaited`, or at once for
 * `now`. Returns it where it stays open, and undefined when there is none.
 */
export function closeBlock(
  authority: Authority,
  awaited?: number | "now",
): Command<OpenBlock | undefined> {
  return async (tx) => {
    const state = await tx.get<ChainState>(CHAIN_STATE);
    if (state === undefined || state.pending === null) return undefined;
    const { first, since } = state.pending;
    const dueAt = since + BLOCK_MS;
    if (tx.time < dueAt && first !== awaited && awaited !== "now") return { first, dueAt };
    await closePending(tx, state, authority);
    return undefined;
  };
}

/** Registers a sub-chain with the root chain, once. Returns when its block is due. */
export function registerSubChain(
  name: string,
  domain: string,
  seconds: number,
): Command<number | undefined> {
  return async (tx) => {
    if (await tx.get(registeredNameRow(name)) !== undefined) return undefined;
    const metadata: PyObject = {
      domain_type: domain,
      sub_chain_name: name,
      connected_at: new PyFloat(seconds),
    };
    const details = { sub_chain_name: name, registered_by: MAIN_CHAIN, metadata };
    await tx.emit(
      systemEntry(MAIN_CHAIN, name, REGISTRATION, seconds, { details }),
    );
    const { pending } = await stateOf(tx, MAIN_CHAIN);
    return (pending?.since ?? tx.time) + BLOCK_MS;
  };
}

/** Anchors the hash of a sub-chain's block in the root chain. */
export function recordProof(
  name: string,
  proofHash: string,
  metadata: PyObject,
  seconds: number,
  authority: Authority,
): Command<AppendedEvent | undefined> {
  return async (tx) => {
    const proofId = `PROOF-${(await tx.get<number>(PROOFS) ?? 0) + 1}`;
    const entry = systemEntry(MAIN_CHAIN, name, "proof_submission", seconds, {
      type: "sub_chain_proof",
      sub_chain: name,
      proof_hash: proofHash,
      metadata,
      zk_verified: false,
      details: {
        sub_chain_name: name,
        proof_hash: proofHash,
        proof_id: proofId,
        submitted_at: new PyFloat(seconds),
        zk_verified: false,
      },
    });
    const [appended] = await appendEvents(MAIN_CHAIN, [entry], authority)(tx);
    return appended;
  };
}

async function stateOf(tx: Draft, name: string): Promise<ChainState> {
  const state = await tx.get<ChainState>(CHAIN_STATE);
  if (state === undefined) throw new UnknownChainError(name);
  return state;
}

async function closePending(
  tx: Draft,
  state: ChainState,
  authority: Authority,
): Promise<void> {
  if (state.pending === null) return;
  const parts = {
    index: state.blocks,
    previousHash: state.lastHash,
    timestamp: Math.max(state.lastTime, tx.time / 1_000),
    first: state.pending.first,
    count: state.pending.count,
  };
  const sign = (message: Uint8Array) => authority.sign(message);
  const block = finalizedBlock(parts, titleOf(state.name), state.pending.peaks, sign);
  await emitBlock(tx, block, state.domain);
}

async function emitBlock(tx: Draft, block: BlockData, domain: string): Promise<void> {
  // The genesis block alone carries the domain of its chain.
  const keys = block.index === 0 ? [BLOCK_TYPE, domain] : [BLOCK_TYPE];
  await tx.emit({ type: BLOCK_TYPE, keys, data: writeBlock(block), memo: block });
}

function titleOf(name: string): string {
  return name === MAIN_CHAIN ? MAIN_CHAIN_TITLE : name;
}
