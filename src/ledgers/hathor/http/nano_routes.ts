import { z } from "zod";
import { inJson, type Tells } from "../../../web/operation.ts";
import type { PyJson } from "../../../python/json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { BlueprintNames } from "./blueprint_names.ts";
import { blueprintRoutes } from "./blueprint_routes.ts";
import { creationRoute } from "./contract_creations.ts";
import { historyRoute } from "./contract_history.ts";
import { logsRoute } from "./contract_logs.ts";
import { stateRoute } from "./contract_state.ts";
import type { Engine } from "./contract_words.ts";
import { dryRunRoute } from "./dry_run.ts";
import { errorForm, failureForm, maybe, successWith, toldOf } from "./told.ts";
import { hexBytes, type RequestArguments } from "./arguments.ts";
import { integer, readArguments } from "./pydantic.ts";
import { jsonAnswer } from "./responses.ts";

const NOT_EXECUTED = "Nano contracts are not executed by this node.";

/** What only a node that executes contracts can tell. */
const EXECUTED = [
  "/nano_contract/state",
  "/nano_contract/creation",
  "/nano_contract/logs",
  "/nano_contract/dry_run",
  "/nano_contract/blueprint/info",
  "/nano_contract/blueprint/source",
];

const HISTORY = z.object({ id: z.string() });

/** Where a list of blueprints goes on, and which of them are asked for. */
const BUILTIN = {
  name: "BuiltinBlueprintsParams",
  status: 400,
  form: z.object({
    before: maybe(),
    after: maybe(),
    count: integer({ above: 0, most: 100 }).default(10),
    search: maybe(),
  }),
};

const LIST = {
  ...BUILTIN,
  name: "BlueprintsParams",
  form: BUILTIN.form.extend({ order: maybe() }),
};

/** The routes of nano contracts. */
export function nanoRoutes(queries: NodeQueries): Route[] {
  const { contracts } = queries.node;
  return contracts === undefined ? withoutEngine() : withEngine(queries, contracts);
}

function withEngine(queries: NodeQueries, engine: Engine): Route[] {
  const names = new BlueprintNames(queries, engine);
  return [
    stateRoute(queries, engine),
    historyRoute(queries),
    creationRoute(queries, names),
    logsRoute(queries),
    dryRunRoute(queries, engine),
    ...blueprintRoutes(queries, engine, names),
    blueprintList("builtin", BUILTIN),
  ];
}

/**
 * On a node that executes none what is known without executing is told, which is that there is no
 * contract and no blueprint, and all else says why it is not.
 */
function withoutEngine(): Route[] {
  return [
    ...EXECUTED.map((path): Route => ({ path, told: { GET: toldOfNone }, GET: notExecuted })),
    {
      path: "/nano_contract/history",
      told: { GET: toldOfHistory },
      GET: ({ args }) => history(args),
    },
    blueprintList("builtin", LIST),
    blueprintList("on_chain", LIST),
  ];
}

/** A list of blueprints of which there are none. */
function blueprintList(kind: string, model: typeof BUILTIN): Route {
  return {
    path: `/nano_contract/blueprint/${kind}`,
    told: { GET: toldOfBlueprints },
    GET: ({ args }) => noBlueprints(args, model),
  };
}

const toldOfNone: Tells = () => ({
  does: "Says that this node executes no contracts",
  answers: { 404: inJson(errorForm()) },
});

const toldOfHistory = toldOf(
  "The history of a contract, of which there is none",
  failureForm,
  () => {
    const refused = inJson(errorForm());
    return { query: HISTORY, more: { 400: refused, 404: refused } };
  },
);

const toldOfBlueprints = toldOf("Lists blueprints, of which there are none", () =>
  successWith({
    blueprints: z.array(z.unknown()),
    before: z.string().nullable(),
    after: z.string().nullable(),
    count: z.number(),
    has_more: z.boolean(),
  }), () => ({ query: LIST.form, more: { 400: inJson(errorForm()) } }));

function failure(error: string, status: number): Response {
  return jsonAnswer({ success: false, error }, status);
}

function notExecuted(): Response {
  return failure(NOT_EXECUTED, 404);
}

function history(args: RequestArguments): Response {
  const { id } = args.read(HISTORY);
  if (hexBytes(id) === undefined) return failure(`Invalid id: ${id}`, 400);
  return failure("Nano contract does not exist.", 404);
}

function noBlueprints(args: RequestArguments, model: typeof BUILTIN): PyJson | Response {
  const { before = null, after = null, count } = readArguments(model, args);
  if (before !== null && after !== null) {
    return failure("Parameters after and before can't be used together.", 400);
  }
  return { success: true, blueprints: [], before, after, count, has_more: false };
}
