import { z } from "zod";
import { IntegerError, readInteger } from "../../../python/integer.ts";
import { Pace } from "../../../kernel/turn.ts";
import { isPyTrue, PyFloat, type PyJson } from "../../../python/json.ts";
import { AddressError, decodeNetworkAddress, invalidAddress } from "../networks/address.ts";
import type { TimedHash } from "../queries/lists.ts";
import { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { VertexView } from "../queries/views.ts";
import { inputsOf, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import { hashForm, historyForm } from "../json/answer_forms.ts";
import { maybe, successWith } from "./told.ts";
import { BadRequest, hexBytes, missingParameter, type RequestArguments } from "./arguments.ts";
import { bodyBy } from "./json_body.ts";

/** Vertices that are read together. */
const READ_AT_ONCE = 50;

/** What is asked of the history of some addresses. */
export interface HistoryRequest {
  readonly addresses: readonly string[];
  /** The vertex of the first address that the answer begins with. */
  readonly hash: string | undefined;
  /** Versions of vertices that are wanted; all where it is empty. */
  readonly versions: ReadonlySet<number>;
}

/** Addresses of one request. Wallets ask for some twenty at once. */
const MOST_ADDRESSES = 1_000;

/** Versions of one request: there are seven. */
const MOST_VERSIONS = 100;

/** Vertices that are looked at for one answer, of which it may want none. */
const MOST_LOOKED_AT = 5_000;

/** What a body asks for. */
export const historyBodySchema = z.object({
  addresses: z.array(z.string()),
  // What Python takes for nothing is no hash.
  hash: z.preprocess(noneIfUntrue, z.string().nullish()),
  tx_version: z.unknown().optional(),
});

function noneIfUntrue(value: PyJson | undefined): PyJson | undefined {
  return isPyTrue(value) ? value : undefined;
}

/** The arguments that ask for the same. */
export const HISTORY = z.object({
  "addresses[]": z.array(z.string()),
  hash: maybe("The vertex to begin with"),
  "tx_version[]": z.array(z.string()).optional(),
});

/** What is answered. */
export function addressHistoryForm(): z.ZodType {
  return successWith({
    history: z.array(historyForm()),
    has_more: z.boolean(),
    first_hash: hashForm.nullable(),
    first_address: z.string().nullable(),
  });
}

/** The request that the arguments make. */
export function historyArguments(args: RequestArguments): HistoryRequest {
  const { "addresses[]": addresses, hash, "tx_version[]": versions = [] } = args.read(HISTORY);
  return requestOf(addresses, hash, versions, "");
}

/** The request that a body makes. */
export function historyBody(body: PyJson | undefined): HistoryRequest {
  if (body === undefined) throw missingParameter("invalid json");
  const parsed = bodyBy(historyBodySchema, body);
  if (!parsed.success) throw missingParameter("addresses");
  const { addresses, hash, tx_version: given = [] } = parsed.data;
  const versions = Array.isArray(given) ? given : [given];
  return requestOf(addresses, hash ?? undefined, versions, "must be integer(s), got ");
}

function requestOf(
  addresses: readonly string[],
  hash: string | undefined,
  versions: readonly unknown[],
  prefix: string,
): HistoryRequest {
  if (addresses.length > MOST_ADDRESSES) throw tooMany("addresses", MOST_ADDRESSES);
  if (versions.length > MOST_VERSIONS) throw tooMany("tx_version", MOST_VERSIONS);
  const known = new Set(versions.map((value) => versionOf(value, prefix)));
  return { addresses, hash, versions: known };
}

function tooMany(name: string, most: number): BadRequest {
  return new BadRequest(`Too many values of '${name}': up to ${most}`, 400);
}

function versionOf(given: unknown, prefix: string): number {
  const refusal = (why: string) =>
    new BadRequest(`Invalid tx_version parameter: ${prefix}${why}`, 400);
  if (given instanceof PyFloat) {
    if (Number.isFinite(given.value)) return Math.trunc(given.value);
    const what = Number.isNaN(given.value) ? "NaN" : "infinity";
    throw refusal(`cannot convert float ${what} to integer`);
  }
  if (typeof given === "number" || typeof given === "bigint" || typeof given === "boolean") {
    return Number(given);
  }
  if (typeof given !== "string") {
    const type = Array.isArray(given) ? "list" : given === null ? "NoneType" : "dict";
    throw refusal(
      `int() argument must be a string, a bytes-like object or a real number, not '${type}'`,
    );
  }
  try {
    return Number(readInteger(given));
  } catch (error) {
    if (!(error instanceof IntegerError)) throw error;
    throw refusal(error.message);
  }
}

/** An address of the network. Throws {@linkcode BadRequest} with the text given. */
export function assertAddress(queries: NodeQueries, address: string, message: string): void {
  try {
    decodeNetworkAddress(queries.network, address);
  } catch (error) {
    if (error instanceof AddressError) throw new BadRequest(message);
    throw error;
  }
}

/** What the text of a blueprint counts for beside inputs and outputs: an answer has few of them. */
function textElements({ version }: Vertex): number {
  return version === VertexVersion.onChainBlueprint ? 50 : 0;
}

/**
 * The vertices of some addresses, each once: as many as one answer holds, and where to go on. An
 * answer ends before the vertex that would be too much for it.
 */
export async function addressHistory(
  queries: NodeQueries,
  { addresses, hash, versions }: HistoryRequest,
): Promise<PyJson> {
  const { maxHistoryTransactions, maxHistoryElements } = queries.network;
  const start = hash === undefined || hash === "" ? undefined : await startOf(queries, hash);
  const seen = new Set<string>();
  const views: VertexView[] = [];
  const contracts = new CalledContracts(queries.node);
  const told = () => Promise.all(views.map((view) => queries.history(view, contracts)));
  const turns = Pace.ofSteps();
  const done = new Set<string>();
  let elements = 0;
  let lookedAt = 0;
  for (const [index, address] of addresses.entries()) {
    assertAddress(queries, address, invalidAddress(address));
    // An address that is asked for twice is told once.
    if (done.has(address)) continue;
    done.add(address);
    await turns.give();
    const from = index === 0 ? start : undefined;
    for await (const view of historyFrom(queries, address, from)) {
      const { vertex } = view;
      const { hash: next } = vertex;
      const isFull = views.length >= maxHistoryTransactions || lookedAt >= MOST_LOOKED_AT;
      const isWanted = versions.size === 0 || versions.has(vertex.version);
      lookedAt++;
      if (turns.isDue) await turns.give();
      if (!isFull && (seen.has(next) || !isWanted)) continue;
      elements += vertex.outputs.length + inputsOf(vertex).length + textElements(vertex);
      if (isFull || elements > maxHistoryElements) {
        return {
          success: true,
          history: await told(),
          has_more: true,
          first_hash: next,
          first_address: address,
        };
      }
      seen.add(next);
      views.push(view);
    }
  }
  return {
    success: true,
    history: await told(),
    has_more: false,
    first_hash: null,
    first_address: null,
  };
}

async function startOf(queries: NodeQueries, text: string): Promise<TimedHash> {
  const hash = hexBytes(text)?.toHex();
  if (hash === undefined) throw new BadRequest(`Invalid hash ${text}`);
  const view = await queries.vertex(hash);
  if (view === undefined) throw new BadRequest(`Hash ${text} is not a transaction hash.`);
  return { timestamp: view.vertex.timestamp, hash };
}

/** An address's vertices in order of time, from a vertex on, which need not be one of them. */
async function* historyFrom(
  queries: NodeQueries,
  address: string,
  start: TimedHash | undefined,
): AsyncGenerator<VertexView, void, void> {
  for (let from = start;;) {
    const found = await queries.addressHistory(address, READ_AT_ONCE, from);
    const fresh = from === start ? found : found.slice(1);
    const views = await Promise.all(fresh.map(({ hash, number }) => queries.vertex(hash, number)));
    // What is removed meanwhile is left out.
    for (const view of views) if (view !== undefined) yield view;
    if (found.length < READ_AT_ONCE) return;
    from = found.at(-1);
  }
}
