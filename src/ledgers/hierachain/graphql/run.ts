import { withoutSecrets } from "../../../kernel/secrets.ts";
import { atOnce } from "../../../kernel/steps.ts";
import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  GraphQLError,
  parse,
  validate,
} from "graphql";
import { z } from "zod";
import {
  isPyObject,
  PyJsonError,
  PyJsonLimitError,
  PyJsonWriteError,
} from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { pySlice } from "../../../python/slice.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Grant } from "../../../web/access.ts";
import { UnknownChainError } from "../chain/commands.ts";
import { chainLogName, isChainName, MAIN_CHAIN } from "../chain/names.ts";
import { subChains } from "../chain/queries.ts";
import type { HieraChainService } from "../chain/service.ts";
import { RuleViolationError } from "../event/entry.ts";
import { detailsFault } from "../event/event_fields.ts";
import { costFault, STANDARD_LIMIT } from "./cost.ts";
import { LedgerReader } from "./reader.ts";
import { SCHEMA } from "./schema.ts";

/** Words and signs of a query: it is read whole before it is known what it costs. */
const MOST_TOKENS = 2_000;

/** Errors of a query that are looked for. */
const MOST_ERRORS = 20;

const schema = buildSchema(SCHEMA);

/** Who asks, and of what. */
export interface GraphqlContext {
  readonly service: HieraChainService;
  readonly grant: Grant;
}

/** A request, its body parsed. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** What is answered, and with which status. */
export interface GraphqlAnswer {
  readonly status: 200 | 400;
  readonly body: object;
}

/**
 * Answers a query: what it costs is bounded before any of it is run. Throws the log's errors where
 * those are no fault of the client.
 */
export async function runGraphql(
  { query, variables, operationName }: GraphqlRequest,
  context: GraphqlContext,
): Promise<GraphqlAnswer> {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: MOST_TOKENS, noLocation: true });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return refusal([error]);
  }
  const dear = costFault(document, variables);
  if (dear !== undefined) return { status: 400, body: { errors: [{ message: dear }] } };
  const flaws = validate(schema, document, undefined, { maxErrors: MOST_ERRORS });
  if (flaws.length > 0) return refusal(flaws);
  const result: ExecutionResult = await execute({
    schema,
    document,
    rootValue: rootOf(context),
    variableValues: variables,
    operationName,
  });
  const { data = null, errors } = result;
  if (errors === undefined) return { status: 200, body: { data } };
  for (const { originalError } of errors) {
    // What is wrong with the store is no fault of the query.
    if (originalError !== undefined && !(originalError instanceof GraphQLError)) {
      throw originalError;
    }
  }
  return refusal(errors, data);
}

function refusal(errors: readonly GraphQLError[], data: unknown = null): GraphqlAnswer {
  // The original's library quotes names by single quotes.
  const told = errors.map(({ message }) => ({
    message: withoutSecrets(message.replaceAll('"', "'")),
  }));
  return { status: 400, body: { data, errors: told } };
}

const byName = z.object({ chainName: z.string() });
const blockArguments = byName.extend({ blockIndex: z.number() });
const blocksArguments = byName.extend({
  fromIndex: z.number().nullish(),
  toIndex: z.number().nullish(),
  limit: z.number().nullish(),
});
const eventsArguments = byName.extend({
  entityId: z.string().nullish(),
  eventType: z.string().nullish(),
  fromTimestamp: z.number().nullish(),
  toTimestamp: z.number().nullish(),
  limit: z.number().nullish(),
});
const addArguments = z.object({
  event: byName.extend({
    entityId: z.string(),
    eventType: z.string(),
    details: z.string().nullish(),
  }),
});

function rootOf({ service, grant }: GraphqlContext) {
  const reader = new LedgerReader(service);
  const mayRead = (name: string) => grant.allows("read", chainLogName(name));
  const readable = (name: string) => {
    if (mayRead(name)) return;
    throw new GraphQLError("Access to chain operations requires 'chains' permission.");
  };
  const status = async (name: string) => {
    const state = await reader.state(name);
    if (state === undefined) return null;
    return {
      chainName: name,
      blockCount: state.blocks,
      latestBlockIndex: state.blocks - 1,
      latestBlockHash: state.lastHash,
      status: "active",
    };
  };
  let all: Promise<unknown[]> | undefined;
  const allStatuses = async () => {
    const names = [MAIN_CHAIN, ...await subChains(service.registry)].filter(mayRead);
    const statuses: unknown[] = [];
    for (const name of names) statuses.push(await status(name));
    return statuses;
  };
  return {
    allChains: () => all ??= allStatuses(),
    chainStatus(given: unknown) {
      const { chainName } = byName.parse(given);
      readable(chainName);
      return status(chainName);
    },
    async block(given: unknown) {
      const { chainName, blockIndex } = blockArguments.parse(given);
      readable(chainName);
      const isThere = blockIndex >= 0 && await reader.state(chainName) !== undefined;
      return isThere ? await reader.block(chainName, blockIndex) : null;
    },
    async blocks(given: unknown) {
      const { chainName, fromIndex, toIndex, limit } = blocksArguments.parse(given);
      readable(chainName);
      const state = await reader.state(chainName);
      if (state === undefined) return [];
      const [first, end] = pySlice(state.blocks, fromIndex ?? 0, toIndex ?? state.blocks);
      const [, count] = pySlice(Math.max(0, end - first), 0, limit ?? STANDARD_LIMIT);
      const blocks: unknown[] = [];
      for (let at = 0; at < count; at++) blocks.push(await reader.block(chainName, first + at));
      return blocks;
    },
    async events(given: unknown) {
      const { chainName, limit, ...filter } = eventsArguments.parse(given);
      readable(chainName);
      return await reader.events(chainName, filter, limit ?? STANDARD_LIMIT);
    },
    async addEvent(given: unknown) {
      const { event: { chainName, entityId, eventType, details } } = addArguments.parse(given);
      if (!grant.allows("append", chainLogName(chainName))) {
        throw new GraphQLError("Access to event operations requires 'events' permission.");
      }
      return await addEvent(service, chainName, { entityId, eventType, details: details ?? "" });
    },
  };
}

/** An event as a mutation gives it: `details` are JSON, or empty. */
interface AddedEvent {
  readonly entityId: string;
  readonly eventType: string;
  readonly details: string;
}

async function addEvent(
  service: HieraChainService,
  chainName: string,
  { entityId, eventType, details: text }: AddedEvent,
): Promise<object> {
  const failed = (error: string) => ({ success: false, error });
  if (!isChainName(chainName) || chainName === MAIN_CHAIN) {
    return failed(`Chain ${chainName} not found`);
  }
  try {
    const details = text === "" ? {} : parsePyJson(text);
    if (!isPyObject(details)) return failed("details must be a JSON object");
    const fault = atOnce(detailsFault(details, text.length));
    if (fault !== undefined) return failed(fault);
    await service.append(chainName, [{
      entityId,
      eventType,
      details,
      detailsCid: null,
      detailsNonce: null,
      detailsMetadata: null,
      sender: null,
      signature: null,
    }]);
  } catch (error) {
    if (error instanceof PyJsonError || error instanceof PyJsonLimitError) {
      return failed("Invalid JSON in details");
    }
    if (error instanceof UnknownChainError) return failed(`Chain ${chainName} not found`);
    const isRefused = error instanceof RuleViolationError || error instanceof PyJsonWriteError ||
      (error instanceof LedgerError && error.status < 500);
    if (!isRefused) throw error;
    return failed(error.message);
  }
  const state = await new LedgerReader(service).state(chainName);
  return { success: true, blockIndex: (state?.blocks ?? 1) - 1 };
}
