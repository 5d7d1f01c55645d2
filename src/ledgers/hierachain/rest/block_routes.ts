import type { Context } from "hono";
import type { Chain } from "../../../log/chain.ts";
import type { RequestEnv } from "../../../web/ledger.ts";
import { pySlice } from "../../../python/slice.ts";
import { type EntityEvent, entityEvents, entityOffsets } from "../chain/entity_index.ts";
import type { HieraChainService } from "../chain/service.ts";
import { chainLogName, chainNameOf, isChainName, MAIN_CHAIN } from "../chain/names.ts";
import {
  blockIndex,
  blockPieces,
  findEvent,
  placeOfEvent,
  proveEvent,
  stateOf,
  subChains,
} from "../chain/queries.ts";
import { httpError, restPieces, restText } from "./responses.ts";
import * as told from "./operations.ts";
import type { AddRoute, RestContext } from "./context.ts";
import { chainNameText, readParameters } from "./parameters.ts";
import type { ChainState } from "../chain/rows.ts";
import { uncovered } from "../../../web/admission.ts";
import { HIERACHAIN_WORDS } from "./words.ts";

/** Blocks that one answer holds at the most. */
const PAGE_BLOCKS = 1_000;

/** Events that one trace holds at the most. */
const TRACE_EVENTS = 10_000;

/** Blocks, entities, and proofs that an event is in its block. */
export function addBlockRoutes(add: AddRoute, { service, ledger }: RestContext): void {
  const find = async (
    c: Context<RequestEnv>,
  ): Promise<{ chain: Chain; name: string; state: ChainState } | Response> => {
    const name = chainNameText(c);
    const chain = isChainName(name) ? service.chain(name) : undefined;
    const state = chain && await stateOf(chain);
    if (chain === undefined || state === undefined) {
      return httpError(404, `Chain '${name}' not found`);
    }
    return { chain, name, state };
  };

  add("GET", "/api/ledger/chains/:chain_name/blocks", told.blocks, async (c) => {
    const { limit, offset } = readParameters(c, told.LISTED_BLOCKS);
    const found = await find(c);
    if (found instanceof Response) return found;
    const { chain, name, state } = found;
    const [from, to] = pySlice(state.blocks, Number(offset), Number(offset + limit));
    const last = Math.min(to, from + PAGE_BLOCKS);
    return await restPieces(between(
      `{"chain_name":"${name}","blocks":[`,
      listedBlocks(chain, from, last),
      `],"total_blocks":${state.blocks},"offset":${offset},"limit":${limit},"resolved":false}`,
    ));
  });

  add("GET", "/api/ledger/chains/:chain_name/blocks/:index_or_hash", told.block, async (c) => {
    readParameters(c, told.SHOWN);
    const found = await find(c);
    if (found instanceof Response) return found;
    const reference = c.req.param("index_or_hash") ?? "";
    const index = await blockIndex(found.chain, found.state, reference);
    const pieces = index === undefined ? undefined : await blockPieces(found.chain, index);
    return pieces === undefined ? noBlock(reference, found.name) : await restPieces(pieces);
  });

  // Ours: a Merkle path from an event to the root of its block.
  add(
    "GET",
    "/api/ledger/chains/:chain_name/blocks/:index_or_hash/events/:event/proof",
    told.proof,
    async (c) => {
      const found = await find(c);
      if (found instanceof Response) return found;
      const reference = c.req.param("index_or_hash") ?? "";
      const index = await blockIndex(found.chain, found.state, reference);
      if (index === undefined) return noBlock(reference, found.name);
      return await proofText(found.chain, found.name, index, c.req.param("event") ?? "");
    },
  );

  add("GET", "/api/ledger/chains/:chain_name/events/:event/proof", told.proof, async (c) => {
    const found = await find(c);
    if (found instanceof Response) return found;
    const reference = c.req.param("event") ?? "";
    const event = await findEvent(found.chain, found.state, reference);
    if (event === undefined) return noEvent(reference, found.name);
    if (event.blockIndex === undefined) {
      return httpError(409, `Event '${reference}' is not in a block yet`);
    }
    return await proofText(found.chain, found.name, event.blockIndex, String(event.position));
  });

  add("GET", "/api/ledger/entities/:entity_id/trace", told.trace, async (c, grant) => {
    const entity = c.req.param("entity_id") ?? "";
    const { chain_name: named, places: arePlaced } = readParameters(c, told.TRACED);
    const wanted = named || undefined;
    if (wanted !== undefined) {
      const need = { scope: "read", chain: chainLogName(wanted) } as const;
      const refused = uncovered(ledger.access, grant, need, HIERACHAIN_WORDS.chains);
      if (refused !== undefined) return refused;
      const isThere = wanted !== MAIN_CHAIN && isChainName(wanted) &&
        await stateOf(service.chain(wanted)) !== undefined;
      if (!isThere) return httpError(404, `Sub-chain '${wanted}' not found`);
    }
    const names = wanted === undefined
      ? [MAIN_CHAIN, ...await subChains(service.registry)]
        .filter((name) => grant.allows("read", chainLogName(name)))
      : [wanted];
    const traced = await findTraces(service, names, entity);
    const chains = JSON.stringify(traced.map(({ chain }) => chainNameOf(chain.name)));
    return await restPieces(between(
      `{"entity_id":${JSON.stringify(entity)},"chains":${chains},"events":[`,
      tracedEvents(traced, entity, arePlaced),
      "]}",
    ));
  });
}

/** A chain that has events of an entity, and the offsets that the index has for it. */
interface Trace {
  readonly chain: Chain;
  readonly state: ChainState;
  readonly offsets: readonly number[];
}

/** The chains with events of the entity: an answer names them before it sends the events. */
async function findTraces(
  service: HieraChainService,
  names: readonly string[],
  entity: string,
): Promise<Trace[]> {
  const traces: Trace[] = [];
  let left = TRACE_EVENTS;
  for (const name of names) {
    const chain = service.chain(name);
    const state = await stateOf(chain);
    if (state === undefined) continue;
    const offsets = await entityOffsets(chain, state, entity, left);
    for await (const _ of entityEvents(chain, offsets, entity)) {
      traces.push({ chain, state, offsets });
      left -= offsets.length;
      break;
    }
    if (left <= 0) break;
  }
  return traces;
}

/** Events that are told where they are: each takes a search for its block. */
const PLACED_EVENTS = 1_000;

/** The events of the traces, and, where they are to be placed, the list of places behind that. */
async function* tracedEvents(
  traces: readonly Trace[],
  entity: string,
  arePlaced: boolean,
): AsyncGenerator<string, void, void> {
  const placed: (readonly [Trace, Omit<EntityEvent, "text">])[] = [];
  let separator = "";
  for (const trace of traces) {
    for await (const { text, ...at } of entityEvents(trace.chain, trace.offsets, entity)) {
      yield separator + text;
      separator = ",";
      if (arePlaced && placed.length < PLACED_EVENTS) placed.push([trace, at]);
    }
  }
  if (!arePlaced) return;
  yield '],"places":[';
  for (const [at, [{ chain, state }, event]] of placed.entries()) {
    const place = await placeOfEvent(chain, state, event);
    const text = JSON.stringify({ chain_name: chainNameOf(chain.name), ...place });
    yield at === 0 ? text : `,${text}`;
  }
}

async function* listedBlocks(
  chain: Chain,
  from: number,
  to: number,
): AsyncGenerator<string, void, void> {
  let isFirst = true;
  for (let index = from; index < to; index++) {
    const pieces = await blockPieces(chain, index);
    if (pieces === undefined) continue;
    if (!isFirst) yield ",";
    isFirst = false;
    yield* pieces;
  }
}

async function* between(
  before: string,
  pieces: AsyncIterable<string>,
  after: string,
): AsyncGenerator<string, void, void> {
  yield before;
  yield* pieces;
  yield after;
}

async function proofText(
  chain: Chain,
  name: string,
  index: number,
  event: string,
): Promise<Response> {
  const proof = await proveEvent(chain, index, event);
  if (proof === undefined) return noEvent(event, name);
  const { block, position, text, leaf, path } = proof;
  const head = JSON.stringify({
    chain_name: name,
    block_index: index,
    block_hash: block.hash,
    merkle_root: block.merkleRoot,
    position,
    leaf,
    path,
  });
  return restText(`${head.slice(0, -1)},"event":${text}}`);
}

function noBlock(reference: string, name: string): Response {
  return httpError(404, `Block '${reference}' not found in chain '${name}'`);
}

function noEvent(reference: string, name: string): Response {
  return httpError(404, `Event '${reference}' not found in chain '${name}'`);
}
