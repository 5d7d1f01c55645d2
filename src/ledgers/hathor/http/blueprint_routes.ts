import { z } from "zod";
import { type PyJson, pyObject } from "../../../python/json.ts";
import { blueprintText } from "../vertex/blueprint_code.ts";
import type { BlueprintDescription } from "../nano/messages.ts";
import { listedHashes } from "../queries/contract_lists.ts";
import { contractAnswers } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { KeptVertex } from "../queries/views.ts";
import { BLUEPRINTS } from "../rows/contract_lists.ts";
import { isVoided } from "../rows/metadata.ts";
import { type Blueprint, VertexVersion } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { hexBytes, type RequestArguments } from "./arguments.ts";
import type { NamesBlueprints } from "./blueprint_names.ts";
import { assertOneWay, listStart, pageMark, type Paging, SEARCHED } from "./contract_paging.ts";
import { asking, contractId, type Engine, modelError, modelErrors } from "./contract_words.ts";
import { readArguments } from "./pydantic.ts";
import { successWith, toldOf } from "./told.ts";

/** What the engine says of a blueprint. */
export function blueprintInfoRoute(queries: NodeQueries, engine: Engine): Route {
  return {
    path: "/nano_contract/blueprint/info",
    getAt: "owner",
    told: { GET: toldOfInfo },
    GET: ({ args }) => info(queries, engine, args),
  };
}

/** What the chain says of blueprints. None is built in. */
export function blueprintRoutes(queries: NodeQueries, names: NamesBlueprints): Route[] {
  return [
    {
      path: "/nano_contract/blueprint/source",
      told: { GET: toldOfSource },
      GET: ({ args }) => source(queries, args),
    },
    {
      path: "/nano_contract/blueprint/on_chain",
      getAt: "owner",
      told: { GET: toldOfOnChain },
      GET: ({ args }) => onChain(queries, names, args),
    },
  ];
}

const INFO = {
  name: "BlueprintInfoParams",
  status: 400,
  form: z.object({ blueprint_id: z.string() }),
};
const SOURCE = { ...INFO, name: "BlueprintSourceCodeParams" };

const toldOfInfo = toldOf("Describes a blueprint: its fields and methods", () =>
  z.object({
    id: z.string(),
    name: z.string(),
    attributes: z.record(z.string(), z.string()),
    public_methods: z.record(z.string(), z.unknown()),
    view_methods: z.record(z.string(), z.unknown()),
    docstring: z.string().nullable(),
  }), () => ({ query: INFO.form, more: modelErrors() }));

const toldOfSource = toldOf(
  "Tells the text of a blueprint",
  () => z.object({ id: z.string(), source_code: z.string() }),
  () => ({ query: SOURCE.form, more: modelErrors() }),
);

/** The blueprint of an id, confirmed by a block. Throws {@linkcode ModelError}. */
async function knownBlueprint(
  queries: NodeQueries,
  text: string,
  unconfirmed: string,
): Promise<Blueprint> {
  const view = await queries.vertex(contractId(text));
  if (view === undefined) throw modelError(`Blueprint not found: ${text}`, 404);
  const { vertex } = view;
  if (vertex.version !== VertexVersion.onChainBlueprint) {
    throw modelError(`Given id is not a blueprint: ${text}`);
  }
  if (!isConfirmed(view)) throw modelError(`${unconfirmed}: ${text}`, 404);
  return vertex;
}

function isConfirmed({ metadata }: KeptVertex): boolean {
  return metadata.firstBlock !== null && !isVoided(metadata);
}

async function info(queries: NodeQueries, engine: Engine, args: RequestArguments): Promise<PyJson> {
  const { blueprint_id: id } = readArguments(INFO, args);
  const { hash } = await knownBlueprint(queries, id, "Blueprint found but not confirmed");
  const found = await asking(() => engine.questions.describe(hash, contractAnswers(queries.node)));
  if ("error" in found) throw modelError(`Blueprint not found: ${id}`, 404);
  return {
    id,
    name: found.name,
    attributes: pyObject(Object.entries(found.attributes)),
    public_methods: methodsJson(found.public_methods),
    view_methods: methodsJson(found.view_methods),
    docstring: found.docstring,
  };
}

function methodsJson(
  methods: Exclude<BlueprintDescription, { error: unknown }>["public_methods"],
): PyJson {
  return pyObject(
    Object.entries(methods).map(([name, { args, return_type, docstring }]) => [name, {
      args: args.map(({ name, type }) => ({ name, type })),
      return_type,
      docstring,
    }]),
  );
}

async function source(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const { blueprint_id: id } = readArguments(SOURCE, args);
  const { code } = await knownBlueprint(queries, id, "Blueprint not confirmed");
  return { id, source_code: blueprintText(code) ?? "" };
}

const ON_CHAIN = {
  name: "OnChainBlueprintsParams",
  status: 400,
  form: SEARCHED,
};

const toldOfOnChain = toldOf("Lists the blueprints of the chain", () =>
  successWith({
    blueprints: z.array(z.object({ id: z.string(), name: z.string(), created_at: z.int() })),
    before: z.string().nullable(),
    after: z.string().nullable(),
    count: z.int(),
    has_more: z.boolean(),
  }), () => ({ query: ON_CHAIN.form, more: modelErrors() }));

async function onChain(
  queries: NodeQueries,
  names: NamesBlueprints,
  args: RequestArguments,
): Promise<PyJson> {
  const params = readArguments(ON_CHAIN, args);
  const { before = null, after = null, count = 10n, search } = params;
  assertOneWay(params);
  const answer = (blueprints: readonly PyJson[], hasMore = false): PyJson => (
    { success: true, blueprints: [...blueprints], before, after, count, has_more: hasMore }
  );
  if (search) {
    const id = hexBytes(search.trim())?.toHex();
    const view = id === undefined ? undefined : await queries.vertex(id);
    const isFound = view?.vertex.version === VertexVersion.onChainBlueprint && isConfirmed(view);
    if (!isFound || pageMark(params) !== undefined) return answer([]);
    return answer([await blueprintItem(view, names, search.trim())]);
  }
  const from = await markOf(queries, params);
  const blueprints: PyJson[] = [];
  let passed = 0;
  for await (const hash of listedHashes(queries.chain, BLUEPRINTS, listStart(params, from))) {
    if (hash === from?.hash) continue;
    // As in the original, those that no block confirms count, and are not told.
    if (passed >= Math.max(1, Number(count))) return answer(blueprints, true);
    passed++;
    const view = await queries.vertex(hash);
    if (view !== undefined && isConfirmed(view)) blueprints.push(await blueprintItem(view, names));
  }
  return answer(blueprints);
}

async function markOf(queries: NodeQueries, params: Paging) {
  const mark = pageMark(params);
  if (mark === undefined) return undefined;
  const hash = hexBytes(mark)?.toHex();
  if (!hash) throw modelError("Invalid before/after parameter: not a valid hex string.");
  const view = await queries.vertex(hash);
  const why = view === undefined
    ? "BlueprintDoesNotExist"
    : view.vertex.version !== VertexVersion.onChainBlueprint
    ? "OCBInvalidBlueprintVertexType"
    : isConfirmed(view)
    ? undefined
    : "OCBBlueprintNotConfirmed";
  if (view !== undefined && why === undefined) return view.vertex;
  throw modelError(`Blueprint not found: ${why}('${hash}')`, 404);
}

async function blueprintItem(
  { vertex: { hash, timestamp } }: KeptVertex,
  names: NamesBlueprints,
  id = hash,
): Promise<PyJson> {
  return { id, name: await names.of(hash) ?? "", created_at: timestamp };
}
