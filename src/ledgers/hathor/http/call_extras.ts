import { isPyArray, isPyObject, type PyJson, pyObject, valueAt } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import type { JsonObject } from "../json/output_json.ts";
import type { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { KeptVertex } from "../queries/views.ts";
import { blocksOfRuns, readRun, readSuccess } from "../rows/nano_rows.ts";
import { callOf } from "../vertex/vertex.ts";

/** Levels of logs, from the least on. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Blocks of whose executions logs are told at once. */
const MOST_BLOCKS = 100;

/** What is told of calls beside themselves: nothing of what is no call. */
export async function callExtras(
  queries: NodeQueries,
  contracts: CalledContracts,
  views: readonly KeptVertex[],
  { withLogs, withEvents }: { readonly withLogs: boolean; readonly withEvents: boolean },
): Promise<JsonObject[]> {
  const decoded = await decodedArguments(queries, contracts, views);
  return await Promise.all(views.map(async (view, index) => {
    if (callOf(view.vertex) === undefined) return {};
    return {
      ...withLogs && { nc_logs: await logsOfCall(queries, view, { isOfAll: true }) ?? null },
      ...withEvents && { nc_events: await eventsOfCall(queries, view) },
      ...decoded[index] !== undefined && { nc_args_decoded: decoded[index] },
    };
  }));
}

/**
 * The arguments of calls as their methods read them; undefined for what is no call, and where no
 * method reads them.
 */
async function decodedArguments(
  queries: NodeQueries,
  contracts: CalledContracts,
  views: readonly KeptVertex[],
): Promise<(PyJson | undefined)[]> {
  const asked = await Promise.all(views.map(async (view) => {
    const header = callOf(view.vertex);
    if (header === undefined) return undefined;
    const run = await readSuccess(view, queries.node.rows);
    const blueprint = run?.calls[0]?.blueprint_id ?? await contracts.called(view.vertex);
    return blueprint === undefined
      ? undefined
      : { blueprint, method: header.method, arguments: header.arguments.toHex() };
  }));
  const calls = asked.filter((call) => call !== undefined);
  const found = calls.length === 0 ? [] : [...await queries.readArguments(calls)];
  return asked.map((call) => {
    const text = call === undefined ? null : found.shift() ?? null;
    return text === null ? undefined : parsePyJson(text);
  });
}

/** What contracts have emitted in a call that succeeded. */
async function eventsOfCall(queries: NodeQueries, view: KeptVertex): Promise<PyJson> {
  const run = await readSuccess(view, queries.node.rows);
  return (run?.events ?? []).map(({ contract, data }) => ({ nc_id: contract, data }));
}

/**
 * What was logged when a call was executed, by the block that did it: by the one that confirms it, or
 * by all that ever have. Undefined where none has.
 */
export async function logsOfCall(
  queries: NodeQueries,
  view: KeptVertex,
  { isOfAll, least = "DEBUG" }: { readonly isOfAll: boolean; readonly least?: LogLevel },
): Promise<PyJson | undefined> {
  const { number, metadata: { firstBlock } } = view;
  const { rows } = queries.node;
  const all = await blocksOfRuns(queries.chain, number, MOST_BLOCKS);
  if (all.length === 0) return undefined;
  const blocks = isOfAll || firstBlock === null ? all : all.filter((hash) => hash === firstBlock);
  const told: [string, PyJson][] = [];
  for (const block of blocks) {
    const run = await readRun(number, block, rows);
    if (run === undefined) continue;
    const logs = parsePyJson(run.logs);
    const kept = isPyArray(logs) ? logs.filter((entry) => isOfLevel(entry, least)) : [];
    told.push([block, [{ logs: kept, error_traceback: run.error?.traceback ?? null }]]);
  }
  return pyObject(told);
}

function isOfLevel(entry: PyJson, least: LogLevel): boolean {
  const level = isPyObject(entry) ? valueAt(entry, "level") : undefined;
  return LOG_LEVELS.findIndex((each) => each === level) >= LOG_LEVELS.indexOf(least);
}
