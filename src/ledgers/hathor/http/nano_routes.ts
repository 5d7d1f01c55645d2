import { z } from "zod";
import { inJson, jsonBody, type Tells } from "../../../web/operation.ts";
import type { PyJson } from "../../../python/json.ts";
import type { Route } from "./app.ts";
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
  "/nano_contract/blueprint/info",
  "/nano_contract/blueprint/source",
];

const HISTORY = z.object({ id: z.string() });

/** Where a list of blueprints goes on, and which of them are asked for. */
const LIST = {
  name: "BlueprintsParams",
  status: 400,
  form: z.object({
    before: maybe(),
    after: maybe(),
    count: integer({ least: 1, most: 100 }).default(10),
    search: maybe(),
    order: maybe(),
  }),
};

/**
 * The routes of nano contracts on a node that executes none: what is known without executing is
 * told, which is that there is no contract and no blueprint, and all else says why it is not.
 */
export function nanoRoutes(): Route[] {
  return [
    ...EXECUTED.map((path): Route => ({ path, told: { GET: toldOfNone }, GET: notExecuted })),
    {
      path: "/nano_contract/dry_run",
      told: { POST: () => ({ ...toldOfNone(), body: jsonBody({}), isBodyOptional: true }) },
      async POST({ body }) {
        await body();
        return notExecuted();
      },
      postScope: "read",
    },
    {
      path: "/nano_contract/history",
      told: { GET: toldOfHistory },
      GET: ({ args }) => history(args),
    },
    ...["builtin", "on_chain"].map((kind): Route => ({
      path: `/nano_contract/blueprint/${kind}`,
      told: { GET: toldOfBlueprints },
      GET: ({ args }) => noBlueprints(args),
    })),
  ];
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

function noBlueprints(args: RequestArguments): PyJson | Response {
  const { before = null, after = null, count } = readArguments(LIST, args);
  if (before !== null && after !== null) {
    return failure("Parameters after and before can't be used together.", 400);
  }
  return { success: true, blueprints: [], before, after, count, has_more: false };
}
