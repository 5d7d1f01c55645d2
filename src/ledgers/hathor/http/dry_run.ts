import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { flawsText } from "../../../python/pydantic.ts";
import { inJson } from "../../../web/operation.ts";
import type { ExecutedCall } from "../nano/block_executor.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { tryBlock } from "../queries/trial.ts";
import type { VertexView } from "../queries/views.ts";
import { isVoided } from "../rows/metadata.ts";
import { callOf, isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import type { RequestArguments } from "./arguments.ts";
import { asking, type Engine, modelError, modelErrors } from "./contract_words.ts";
import { allArguments, pydanticTruth, readArguments } from "./pydantic.ts";
import { errorForm, maybe, successWith, toldOf } from "./told.ts";

const PARAMS = {
  name: "NCDryRunParams",
  status: 400,
  form: z.object({
    block_hash: maybe(),
    tx_hash: maybe(),
    include_changes: pydanticTruth().default(false),
  }),
};
type DryRunParams = z.output<typeof PARAMS.form>;

/** Executes a block's calls once more, and tells what they do. */
export function dryRunRoute(queries: NodeQueries, engine: Engine): Route {
  return {
    path: "/nano_contract/dry_run",
    getAt: "owner",
    told: { GET: told },
    GET: ({ args }) => dryRun(queries, engine, args),
  };
}

const told = toldOf(
  "Executes the calls of a block once more, and changes nothing",
  () =>
    successWith({
      block_hash: z.string(),
      block_height: z.int(),
      initial_block_root_id: z.string(),
      final_block_root_id: z.string(),
      expected_block_root_id: z.string(),
      root_id_matches: z.boolean(),
      nc_sorted_calls: z.array(z.string()),
      transactions: z.array(z.looseObject({ tx_hash: z.string(), execution_status: z.string() })),
      target_tx_hash: z.string().nullable(),
      warning: z.string().nullable(),
    }),
  () => ({ query: PARAMS.form, more: { ...modelErrors(), 409: inJson(errorForm()) } }),
);

async function dryRun(
  queries: NodeQueries,
  engine: Engine,
  args: RequestArguments,
): Promise<PyJson> {
  const params = readArguments(PARAMS, args);
  const block = await wantedBlock(queries, params, args);
  const details = params.include_changes ? "changes" : "calls";
  const trial = await asking(() => tryBlock(queries.node, engine.trial, block, details));
  const { height, before, after, expected, calls } = trial;
  const isSame = after === expected;
  return {
    success: true,
    block_hash: block,
    block_height: height,
    initial_block_root_id: before,
    final_block_root_id: after,
    expected_block_root_id: expected,
    root_id_matches: isSame,
    nc_sorted_calls: calls.filter(isSorted).map(({ hash }) => hash),
    transactions: calls.map(callJson),
    target_tx_hash: params.tx_hash?.toLowerCase() ?? null,
    warning: isSame
      ? null
      : `Non-deterministic execution detected: computed root ${after} differs from expected root ${expected}`,
  };
}

/** Whether a call has a place in the order, which those do not that wait for each other. */
function isSorted(call: ExecutedCall): boolean {
  return call.state !== "failure" || call.details !== undefined;
}

function callJson(call: ExecutedCall): PyJson {
  const { hash, state } = call;
  const details = call.state === "skipped" ? undefined : call.details;
  const error = call.state === "failure" ? call.error : undefined;
  return {
    tx_hash: hash,
    rng_seed: (call.state === "skipped" ? call.seed : details?.seed) ?? "",
    execution_status: state,
    call_records: details === undefined ? [] : parsePyJson(details.records),
    events: (details?.told ?? []).map(({ contract, data }) => ({ nc_id: contract, data })),
    exception_type: error?.type ?? null,
    exception_message: error?.message ?? null,
    traceback: error?.traceback ?? null,
  };
}

/** The block that is named, or that confirms the call that is. Throws {@linkcode ModelError}. */
async function wantedBlock(
  queries: NodeQueries,
  { block_hash: blockHash, tx_hash: txHash }: DryRunParams,
  args: RequestArguments,
): Promise<string> {
  if (!blockHash === !txHash) {
    const message = blockHash
      ? "Value error, Cannot specify both block_hash and tx_hash"
      : "Value error, Must specify either block_hash or tx_hash";
    const flaw = { type: "value_error", message, input: allArguments(args) };
    throw modelError(flawsText(PARAMS.name, [flaw]));
  }
  const text = txHash || blockHash || "";
  if (!/^[\da-f]{64}$/i.test(text)) throw modelError("Invalid hash format");
  const named = await queries.vertex(text.toLowerCase());
  if (!txHash) return confirmedBlock(named, text);
  if (named === undefined) throw modelError(`Transaction not found: ${text}`, 404);
  if (callOf(named.vertex) === undefined) throw modelError("Transaction is not a nano contract");
  const { firstBlock } = named.metadata;
  if (firstBlock === null) throw modelError("Transaction has no first_block");
  return confirmedBlock(await queries.vertex(firstBlock), firstBlock);
}

function confirmedBlock(view: VertexView | undefined, text: string): string {
  if (view === undefined || !isBlock(view.vertex)) {
    throw modelError(`Block not found: ${text}`, 404);
  }
  if (isVoided(view.metadata)) throw modelError("Block is not on best chain (voided)", 409);
  if (view.height === 0) throw modelError("Cannot dry-run genesis block");
  return view.vertex.hash;
}
