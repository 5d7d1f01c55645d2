import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { latestListed, listedHashes } from "../queries/contract_lists.ts";
import { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { callCount, callsOf, CREATIONS, creationsOf } from "../rows/contract_lists.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { callOf } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { hexBytes, type RequestArguments } from "./arguments.ts";
import type { NamesBlueprints } from "./blueprint_names.ts";
import { assertOneWay, listStart, markedVertex, pageMark, SEARCHED } from "./contract_paging.ts";
import { modelErrors } from "./contract_words.ts";
import { readArguments } from "./pydantic.ts";
import { successWith, toldOf } from "./told.ts";

const PARAMS = { name: "NCCreationParams", status: 400, form: SEARCHED };

/** The contracts that there are, or those of a blueprint. */
export function creationRoute(queries: NodeQueries, names: NamesBlueprints): Route {
  return {
    path: "/nano_contract/creation",
    getAt: "owner",
    told: { GET: told },
    GET: ({ args }) => creations(queries, names, args),
  };
}

const told = toldOf("Lists contracts by the transactions that made them", () =>
  successWith({
    nc_creation_txs: z.array(z.object({
      nano_contract_id: z.string(),
      blueprint_id: z.string(),
      blueprint_name: z.string(),
      last_tx_timestamp: z.int(),
      total_txs: z.int(),
      created_at: z.int(),
    })),
    before: z.string().nullable(),
    after: z.string().nullable(),
    count: z.int(),
    has_more: z.boolean(),
  }), () => ({ query: PARAMS.form, more: modelErrors() }));

async function creations(
  queries: NodeQueries,
  names: NamesBlueprints,
  args: RequestArguments,
): Promise<PyJson> {
  const params = readArguments(PARAMS, args);
  const { count = 10n, before = null, after = null } = params;
  assertOneWay(params);
  const answer = (items: readonly PyJson[], hasMore = false): PyJson => (
    { success: true, nc_creation_txs: [...items], before, after, count, has_more: hasMore }
  );
  const contracts = new CalledContracts(queries.node);
  const itemOf = (id: string) => contractItem(queries, contracts, names, id);
  let blueprint: string | undefined;
  if (params.search) {
    const id = hexBytes(params.search.trim())?.toHex();
    if (id === undefined) return answer([]);
    const found = await itemOf(id);
    // It is the only one that is searched for.
    if (found !== undefined) return answer(pageMark(params) === undefined ? [found] : []);
    blueprint = id;
  }
  const from = await markedVertex(queries, params, 'Invalid "before" or "after"');
  const list = blueprint === undefined ? CREATIONS : creationsOf(blueprint);
  const hashes = listedHashes(queries.chain, list, listStart(params, from));
  if (from !== undefined && blueprint !== undefined) await hashes.next();
  const items: PyJson[] = [];
  for await (const hash of hashes) {
    if (blueprint === undefined && hash === from?.hash) continue;
    if (items.length >= count) return answer(items, true);
    const item = await itemOf(hash);
    if (item !== undefined) items.push(item);
  }
  return answer(items);
}

/** What is told of a contract; undefined where there is none of that id, now or to come. */
async function contractItem(
  queries: NodeQueries,
  contracts: CalledContracts,
  names: NamesBlueprints,
  id: string,
): Promise<PyJson | undefined> {
  const { node, chain } = queries;
  const creation = (await queries.vertex(id))?.vertex;
  const header = creation && callOf(creation);
  const isMade = header !== undefined && isCreation(header);
  const blueprint = isMade ? header.contractId : await contracts.blueprintOf(id);
  if (blueprint === undefined) return undefined;
  return {
    nano_contract_id: id,
    blueprint_id: blueprint,
    blueprint_name: await names.of(blueprint) ?? "",
    last_tx_timestamp: await latestListed(chain, callsOf(id)) ?? 0,
    total_txs: await callCount(id, node.rows),
    created_at: isMade ? creation?.timestamp ?? 0 : 0,
  };
}
