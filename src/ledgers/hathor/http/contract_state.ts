import { z } from "zod";
import { type PyJson, pyObject } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { runtimeAt } from "../nano/runtime_version.ts";
import { EMPTY_ROOT } from "../nano/state_trie.ts";
import { contractAnswers } from "../queries/contracts.ts";
import { lastHeight } from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { VertexView } from "../queries/views.ts";
import { isVoided } from "../rows/metadata.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { hexBytes, type RequestArguments } from "./arguments.ts";
import { asking, contractId, type Engine, modelError, modelErrors } from "./contract_words.ts";
import { exactInteger, readArguments } from "./pydantic.ts";
import { maybe, successWith, toldOf } from "./told.ts";

/** Of each kind, what one request asks at the most. */
const MOST_ASKED = 100;

const PARAMS = {
  name: "NCStateParams",
  status: 400,
  form: z.object({
    id: z.string(),
    "fields[]": z.array(z.string()),
    "balances[]": z.array(z.string()),
    "calls[]": z.array(z.string()),
    block_hash: maybe(),
    block_height: exactInteger().optional(),
    timestamp: exactInteger().optional(),
  }),
};
type StateParams = z.output<typeof PARAMS.form>;

/** What a contract holds, and what its views answer, after any block of the best chain. */
export function stateRoute(queries: NodeQueries, engine: Engine): Route {
  return {
    path: "/nano_contract/state",
    getAt: "owner",
    told: { GET: told },
    GET: ({ args }) => state(queries, engine, args),
  };
}

const told = toldOf("Tells what a contract holds, and what its views answer", () =>
  successWith({
    nc_id: z.string(),
    blueprint_id: z.string(),
    blueprint_name: z.string(),
    fields: z.record(z.string(), z.unknown()),
    balances: z.record(z.string(), z.unknown()),
    calls: z.record(z.string(), z.unknown()),
  }), () => ({ query: PARAMS.form, more: modelErrors() }));

async function state(
  queries: NodeQueries,
  engine: Engine,
  args: RequestArguments,
): Promise<PyJson> {
  const params = readArguments(PARAMS, args);
  const given = [params.block_hash, params.block_height, params.timestamp];
  if (given.filter((each) => each !== undefined).length > 1) {
    throw modelError("only one of `block_hash`, `block_height`, or `timestamp` must be used");
  }
  const contract = contractId(params.id);
  const block = await wantedBlock(queries, params);
  const { hash } = block.vertex;
  const found = await asking(() =>
    engine.questions.state({
      root: block.metadata.root ?? EMPTY_ROOT,
      contract,
      runtime: runtimeAt(queries.network, block.signals?.states ?? {}),
      fields: params["fields[]"].slice(0, MOST_ASKED),
      balances: params["balances[]"].slice(0, MOST_ASKED),
      calls: params["calls[]"].slice(0, MOST_ASKED),
    }, contractAnswers(queries.node))
  );
  if (found === undefined) {
    throw modelError(`Nano contract does not exist at block ${hash}.`, 404);
  }
  return {
    success: true,
    nc_id: params.id,
    blueprint_id: found.blueprint_id,
    blueprint_name: found.blueprint_name,
    fields: valuesOf(found.fields),
    balances: pyObject(Object.entries(found.balances)),
    calls: valuesOf(found.calls),
  };
}

/** Each value as JSON that it was as text. */
function valuesOf(
  values: Readonly<Record<string, { readonly value: string } | { readonly errmsg: string }>>,
): PyJson {
  return pyObject(
    Object.entries(values).map((
      [name, told],
    ) => [name, "value" in told ? { value: parsePyJson(told.value) } : told]),
  );
}

/** The block whose state is asked for: the best one, or one that a request names. */
async function wantedBlock(
  queries: NodeQueries,
  { block_hash: hash, block_height: height, timestamp }: StateParams,
): Promise<VertexView> {
  if (hash !== undefined && hash !== "") return await blockOfHash(queries, hash);
  if (height !== undefined) {
    const found = await queries.blockAt(Number(height));
    if (found !== undefined) return found;
    throw modelError(`No block hash was found with height ${height}.`);
  }
  if (timestamp !== undefined) return await blockOfTime(queries, timestamp);
  return await queries.bestBlock();
}

async function blockOfHash(queries: NodeQueries, text: string): Promise<VertexView> {
  const hash = hexBytes(text)?.toHex();
  if (hash === undefined) throw modelError(`Invalid block_hash parameter: ${text}`);
  const view = await queries.vertex(hash);
  if (view === undefined || !isBlock(view.vertex)) {
    throw modelError(`Invalid block_hash ${text}.`);
  }
  if (isVoided(view.metadata)) throw modelError("Couldn't find non-voided block", 404);
  return view;
}

/** The last block of the best chain that is not younger than a time. */
async function blockOfTime(queries: NodeQueries, timestamp: bigint): Promise<VertexView> {
  const { best } = await queries.state();
  const last = await lastHeight(best.height, async (height) => {
    const block = await queries.blockAt(height);
    return block !== undefined && BigInt(block.vertex.timestamp) <= timestamp;
  });
  const found = last < 0 ? undefined : await queries.blockAt(last);
  if (found !== undefined) return found;
  throw modelError(`No block hash was found before timestamp ${timestamp}.`);
}
