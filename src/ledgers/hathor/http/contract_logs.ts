import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { callOf } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import type { RequestArguments } from "./arguments.ts";
import { LOG_LEVELS, logsOfCall } from "./call_extras.ts";
import { contractId, modelError, modelErrors } from "./contract_words.ts";
import { pydanticTruth, readArguments } from "./pydantic.ts";
import { maybe, successWith, toldOf } from "./told.ts";

const PARAMS = {
  name: "NCExecLogsParams",
  status: 400,
  form: z.object({
    id: z.string(),
    log_level: maybe(),
    all_execs: pydanticTruth().default(false),
  }),
};

/** What was logged when a call was executed. */
export function logsRoute(queries: NodeQueries): Route {
  return {
    path: "/nano_contract/logs",
    told: { GET: told },
    GET: ({ args }) => logs(queries, args),
  };
}

const told = toldOf("Tells what was logged when a call was executed", () =>
  successWith({
    nc_id: z.string(),
    nc_execution: z.string().nullable(),
    logs: z.record(z.string(), z.array(z.unknown())),
  }), () => ({ query: PARAMS.form, more: modelErrors() }));

async function logs(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const params = readArguments(PARAMS, args);
  const view = await queries.vertex(contractId(params.id));
  const header = view && callOf(view.vertex);
  if (view === undefined || header === undefined) {
    throw modelError(`NC "${params.id}" not found.`, 404);
  }
  const least = LOG_LEVELS.find((level) => level === (params.log_level ?? "DEBUG"));
  if (least === undefined) throw modelError(`Invalid log level: ${params.log_level}`);
  const found = await logsOfCall(queries, view, { isOfAll: params.all_execs, least });
  if (found === undefined) throw modelError("No logs were found.", 404);
  return {
    success: true,
    nc_id: isCreation(header) ? view.vertex.hash : header.contractId,
    nc_execution: view.metadata.nc ?? null,
    logs: found,
  };
}
