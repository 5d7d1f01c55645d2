import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { historyForm } from "../json/answer_forms.ts";
import type { JsonObject } from "../json/output_json.ts";
import { listedHashes } from "../queries/contract_lists.ts";
import { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { callsOf } from "../rows/contract_lists.ts";
import type { Route } from "./app.ts";
import type { RequestArguments } from "./arguments.ts";
import { callExtras } from "./call_extras.ts";
import { assertOneWay, listStart, markedVertex, ORDER, PAGES } from "./contract_paging.ts";
import { contractId, modelError, modelErrors } from "./contract_words.ts";
import { exactInteger, pydanticTruth, readArguments } from "./pydantic.ts";
import { successWith, toldOf } from "./told.ts";

const PARAMS = {
  name: "NCHistoryParams",
  status: 400,
  form: z.object({
    id: z.string(),
    after: PAGES.after,
    before: PAGES.before,
    count: exactInteger({ below: 500 }).optional(),
    order: ORDER,
    include_nc_logs: pydanticTruth().default(false),
    include_nc_events: pydanticTruth().default(false),
  }),
};
type HistoryParams = z.output<typeof PARAMS.form>;

/** The transactions that have called a contract. */
export function historyRoute(queries: NodeQueries): Route {
  return {
    path: "/nano_contract/history",
    told: { GET: told },
    GET: ({ args }) => history(queries, args),
  };
}

const told = toldOf("Lists the transactions that have called a contract", () =>
  successWith({
    count: z.int(),
    after: z.string().nullable(),
    before: z.string().nullable(),
    history: z.array(historyForm()),
    has_more: z.boolean(),
  }), () => ({ query: PARAMS.form, more: modelErrors() }));

async function history(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const params = readArguments(PARAMS, args);
  assertOneWay(params);
  const contract = contractId(params.id);
  const { count = 100n } = params;
  const contracts = new CalledContracts(queries.node);
  if (await contracts.blueprintOf(contract) === undefined) {
    throw modelError("Nano contract does not exist.", 404);
  }
  const from = await markedVertex(queries, params, "Invalid hash");
  const hashes = listedHashes(queries.chain, callsOf(contract), listStart(params, from));
  // The mark itself, or what stands in its place.
  if (from !== undefined) await hashes.next();
  const found: string[] = [];
  let hasMore = false;
  for await (const hash of hashes) {
    hasMore = found.length >= Math.max(1, Number(count));
    if (hasMore) break;
    found.push(hash);
  }
  return {
    success: true,
    count,
    after: params.after ?? null,
    before: params.before ?? null,
    history: await toldCalls(queries, contracts, found, params),
    has_more: hasMore,
  };
}

/** Calls as histories tell them, with what is asked for beside that. */
async function toldCalls(
  queries: NodeQueries,
  contracts: CalledContracts,
  hashes: readonly string[],
  { include_nc_logs: withLogs, include_nc_events: withEvents }: HistoryParams,
): Promise<JsonObject[]> {
  const views = (await Promise.all(hashes.map((hash) => queries.vertex(hash))))
    .filter((view) => view !== undefined);
  const extras = await callExtras(queries, contracts, views, { withLogs, withEvents });
  return await Promise.all(views.map(async (view, index) => (
    { ...await queries.history(view, contracts), ...extras[index] }
  )));
}
