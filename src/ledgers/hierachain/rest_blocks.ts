import type { Context } from "hono";
import type { Chain } from "../../log/chain.ts";
import type { RequestEnv } from "../ledger.ts";
import { entityEvents } from "./entity_index.ts";
import { isChainName, logNameOf, MAIN_CHAIN } from "./names.ts";
import { blockIndex, blockText, findEvent, proveEvent, stateOf, subChains } from "./queries.ts";
import { httpError, jsonText } from "./responses.ts";
import { type AddRoute, refusal, type RestContext } from "./rest.ts";
import { chainNameText, wholeNumber } from "./rest_query.ts";
import type { ChainState } from "./state.ts";

/** Blocks that one answer holds at the most. */
const PAGE_BLOCKS = 1_000;

/** Events that one trace holds at the most. */
const TRACE_EVENTS = 10_000;

/** Blocks, entities, and proofs that an event is in its block. */
export function blockRoutes(add: AddRoute, { service, ledger }: RestContext): void {
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

  add("GET", "/api/ledger/chains/:name/blocks", async (c) => {
    const found = await find(c);
    if (found instanceof Response) return found;
    const { chain, name, state } = found;
    const limit = wholeNumber(c, "limit", 10);
    if (limit instanceof Response) return limit;
    const offset = wholeNumber(c, "offset", 0);
    if (offset instanceof Response) return offset;
    const [from, to] = pythonSlice(state.blocks, offset, offset + limit);
    const texts: string[] = [];
    for (let index = from; index < Math.min(to, from + PAGE_BLOCKS); index++) {
      const text = await blockText(chain, index);
      if (text !== undefined) texts.push(text);
    }
    return jsonText(
      `{"chain_name":"${name}","blocks":[${texts.join(",")}],"total_blocks":${state.blocks},` +
        `"offset":${offset},"limit":${limit},"resolved":false}`,
    );
  });

  add("GET", "/api/ledger/chains/:name/blocks/:block", async (c) => {
    const found = await find(c);
    if (found instanceof Response) return found;
    const reference = c.req.param("block") ?? "";
    const index = await blockIndex(found.chain, found.state, reference);
    const text = index === undefined ? undefined : await blockText(found.chain, index);
    return text === undefined ? noBlock(reference, found.name) : jsonText(text);
  });

  // Ours: a Merkle path from an event to the root of its block.
  add("GET", "/api/ledger/chains/:name/blocks/:block/events/:event/proof", async (c) => {
    const found = await find(c);
    if (found instanceof Response) return found;
    const reference = c.req.param("block") ?? "";
    const index = await blockIndex(found.chain, found.state, reference);
    if (index === undefined) return noBlock(reference, found.name);
    return await proofText(found.chain, found.name, index, c.req.param("event") ?? "");
  });

  add("GET", "/api/ledger/chains/:name/events/:event/proof", async (c) => {
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

  add("GET", "/api/ledger/entities/:entity/trace", async (c, grant) => {
    const entity = c.req.param("entity") ?? "";
    const wanted = c.req.query("chain_name");
    if (wanted !== undefined) {
      const refused = refusal(ledger, grant, "read", wanted);
      if (refused !== undefined) return refused;
      const isThere = wanted !== MAIN_CHAIN && isChainName(wanted) &&
        await stateOf(service.chain(wanted)) !== undefined;
      if (!isThere) return httpError(404, `Sub-chain '${wanted}' not found`);
    }
    const names = wanted === undefined
      ? [MAIN_CHAIN, ...await subChains(service.chain(MAIN_CHAIN))]
        .filter((name) => grant.allows("read", logNameOf(name)))
      : [wanted];
    const events: string[] = [];
    const chains: string[] = [];
    for (const name of names) {
      const chain = service.chain(name);
      const state = await stateOf(chain);
      if (state === undefined) continue;
      const own = await entityEvents(chain, state, entity, TRACE_EVENTS - events.length);
      if (own.length === 0) continue;
      chains.push(name);
      events.push(...own);
      if (events.length >= TRACE_EVENTS) break;
    }
    return jsonText(
      `{"entity_id":${JSON.stringify(entity)},"chains":${JSON.stringify(chains)},"events":[${
        events.join(",")
      }]}`,
    );
  });
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
  return jsonText(`${head.slice(0, -1)},"event":${text}}`);
}

function noBlock(reference: string, name: string): Response {
  return httpError(404, `Block '${reference}' not found in chain '${name}'`);
}

function noEvent(reference: string, name: string): Response {
  return httpError(404, `Event '${reference}' not found in chain '${name}'`);
}

/** What Python makes of `blocks[from:to]`: from the end where negative, and never out of range. */
function pythonSlice(length: number, from: number, to: number): [number, number] {
  const place = (index: number) =>
    Math.min(length, Math.max(0, index < 0 ? index + length : index));
  return [place(from), place(to)];
}
