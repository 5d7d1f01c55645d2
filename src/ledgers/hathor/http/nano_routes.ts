import { z } from "zod";
import { inJson, type Tells } from "../../../web/operation.ts";
import type { PyJson } from "../../../python/json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { BlueprintNames, type NamesBlueprints } from "./blueprint_names.ts";
import { blueprintInfoRoute, blueprintRoutes } from "./blueprint_routes.ts";
import { creationRoute } from "./contract_creations.ts";
import { historyRoute } from "./contract_history.ts";
import { logsRoute } from "./contract_logs.ts";
import { stateRoute } from "./contract_state.ts";
import type { Engine } from "./contract_words.ts";
import { dryRunRoute } from "./dry_run.ts";
import { errorForm, maybe, successWith, toldOf } from "./told.ts";
import type { RequestArguments } from "./arguments.ts";
import { integer, readArguments } from "./pydantic.ts";
import { jsonAnswer } from "./responses.ts";

const NOT_EXECUTED = "Nano contracts are not executed by this node.";

/** What only a node that executes contracts can tell; of a mirror, the one that is followed. */
const EXECUTED = [
  "/nano_contract/state",
  "/nano_contract/dry_run",
  "/nano_contract/blueprint/info",
];

/** Where the list of built-in blueprints goes on, and which of them are asked for. */
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

/** The routes of nano contracts. What the chain says by itself is told by every node. */
export function nanoRoutes(queries: NodeQueries): Route[] {
  const { contracts } = queries.node;
  const names = contracts === undefined ? NO_NAMES : new BlueprintNames(queries, contracts);
  return [
    historyRoute(queries),
    creationRoute(queries, names),
    logsRoute(queries),
    ...blueprintRoutes(queries, names),
    {
      path: "/nano_contract/blueprint/builtin",
      told: { GET: toldOfBlueprints },
      GET: ({ args }) => noBlueprints(args),
    },
    ...contracts === undefined ? withoutEngine() : withEngine(queries, contracts),
  ];
}

/** Only the engine knows what a blueprint is called. */
const NO_NAMES: NamesBlueprints = { of: () => Promise.resolve(undefined) };

function withEngine(queries: NodeQueries, engine: Engine): Route[] {
  return [
    stateRoute(queries, engine),
    dryRunRoute(queries, engine),
    blueprintInfoRoute(queries, engine),
  ];
}

function withoutEngine(): Route[] {
  return EXECUTED.map((path): Route => ({
    path,
    getAt: "owner",
    told: { GET: toldOfNone },
    GET: notExecuted,
  }));
}

const toldOfNone: Tells = () => ({
  does: "Says that this node executes no contracts",
  answers: { 404: inJson(errorForm()) },
});

const toldOfBlueprints = toldOf("Lists blueprints, of which there are none", () =>
  successWith({
    blueprints: z.array(z.unknown()),
    before: z.string().nullable(),
    after: z.string().nullable(),
    count: z.number(),
    has_more: z.boolean(),
  }), () => ({ query: BUILTIN.form, more: { 400: inJson(errorForm()) } }));

function failure(error: string, status: number): Response {
  return jsonAnswer({ success: false, error }, status);
}

function notExecuted(): Response {
  return failure(NOT_EXECUTED, 404);
}

function noBlueprints(args: RequestArguments): PyJson | Response {
  const { before = null, after = null, count } = readArguments(BUILTIN, args);
  if (before !== null && after !== null) {
    return failure("Parameters after and before can't be used together.", 400);
  }
  return { success: true, blueprints: [], before, after, count, has_more: false };
}
