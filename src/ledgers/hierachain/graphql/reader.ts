import { GraphQLError } from "graphql";
import { isPyObject, PyFloat, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import { eventsFrom } from "../../../log/paged_events.ts";
import { readBlockData } from "../block/block_data.ts";
import { entityEvents, entityOffsets } from "../chain/entity_index.ts";
import { isChainName } from "../chain/names.ts";
import { eventsOfFound, findBlock, stateOf } from "../chain/queries.ts";
import type { ChainState } from "../chain/rows.ts";
import type { HieraChainService } from "../chain/service.ts";
import { readEvent } from "../event/event_facts.ts";
import { BLOCK_TYPE, typeKey } from "../event/event_types.ts";

/** Characters of events that one answer holds: it is made in memory. */
const MOST_CHARS = 8_000_000;

/** Events that one query looks through where no index leads to them. */
const MOST_LOOKED_AT = 100_000;

/** Events that may be of one entity that one query looks through. */
const MOST_OF_ENTITY = 10_000;

/** Characters of events that are parsed in one turn of the event loop. */
const TURN_CHARS = 128 * 1024;

/** Which events are wanted; what is null or left out does not count. */
export interface EventFilter {
  readonly entityId?: string | null | undefined;
  readonly eventType?: string | null | undefined;
  readonly fromTimestamp?: number | null | undefined;
  readonly toTimestamp?: number | null | undefined;
}

/** An event in the words of the schema. */
export interface GraphqlEvent {
  readonly entityId: string;
  readonly eventType: string;
  readonly details: string;
  readonly detailsCid: string | null;
  readonly detailsNonce: string | null;
  readonly isOffchain: boolean;
  readonly timestamp: number;
  readonly signature: string | null;
}

/** What one query reads of the chains, within its bounds. */
export class LedgerReader {
  readonly #service: HieraChainService;
  readonly #states = new Map<string, Promise<ChainState | undefined>>();
  readonly #pace = new Pace(TURN_CHARS);
  #chars = 0;
  #lookedAt = 0;

  constructor(service: HieraChainService) {
    this.#service = service;
  }

  /** The state of a chain, read once for a query; undefined where there is none. */
  state(name: string): Promise<ChainState | undefined> {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const state = isChainName(name)
      ? stateOf(this.#service.chain(name))
      : Promise.resolve(undefined);
    this.#states.set(name, state);
    return state;
  }

  /** A block in the words of the schema; its events are read where they are asked for. */
  async block(name: string, index: number): Promise<object | null> {
    const chain = this.#service.chain(name);
    const found = await findBlock(chain, index);
    if (found === undefined) return null;
    const { block } = found;
    return {
      index: block.index,
      hash: block.hash,
      previousHash: block.previousHash,
      timestamp: block.timestamp,
      nonce: "0",
      events: () => this.#read(eventsOfFound(chain, found)),
      metadata: {
        chainName: name,
        eventsCount: block.count + block.own.length,
        validatorSignatures: block.own.flatMap(signatureOf),
      },
    };
  }

  async #read(texts: AsyncIterable<string>): Promise<GraphqlEvent[]> {
    const events: GraphqlEvent[] = [];
    for await (const text of texts) events.push(await this.#event(text));
    return events;
  }

  /** Events of a chain in its order, up to `limit` of those that are wanted. */
  async events(name: string, filter: EventFilter, limit: number): Promise<GraphqlEvent[]> {
    const state = await this.state(name);
    const found: GraphqlEvent[] = [];
    if (state === undefined || limit <= 0) return found;
    const chain = this.#service.chain(name);
    for await (const text of this.#texts(chain, state, filter)) {
      const event = await this.#event(text, filter);
      if (event === undefined) continue;
      if (found.push(event) >= limit) break;
    }
    return found;
  }

  async *#texts(
    chain: Chain,
    state: ChainState,
    { entityId, eventType }: EventFilter,
  ): AsyncGenerator<string, void, void> {
    if (entityId) {
      const offsets = await entityOffsets(chain, state, entityId, MOST_OF_ENTITY);
      for await (const { text } of entityEvents(chain, offsets, entityId)) yield text;
      return;
    }
    const key = eventType ? typeKey(eventType) : undefined;
    const end = await chain.locate({ at: "latest" });
    for await (const { type, keys, data } of eventsFrom(chain, 0, end)) {
      if (++this.#lookedAt > MOST_LOOKED_AT) {
        throw new GraphQLError("There are too many events to look through: ask by entityId");
      }
      if (type === BLOCK_TYPE) yield* readBlockData(String(data)).own;
      else if (key === undefined || keys[0] === key) yield String(data);
    }
  }

  #event(text: string): Promise<GraphqlEvent>;
  #event(text: string, filter: EventFilter): Promise<GraphqlEvent | undefined>;
  async #event(text: string, filter: EventFilter = {}): Promise<GraphqlEvent | undefined> {
    await this.#pace.spend(text.length);
    const event = eventOf(readEvent(text));
    if (!isWanted(event, filter)) return undefined;
    this.#chars += text.length;
    if (this.#chars > MOST_CHARS) {
      throw new GraphQLError("The answer is too large: ask for fewer events");
    }
    return event;
  }
}

function isWanted(event: GraphqlEvent, filter: EventFilter): boolean {
  const { entityId, eventType, fromTimestamp, toTimestamp } = filter;
  return (!entityId || event.entityId === entityId) &&
    (!eventType || event.eventType === eventType) &&
    (!fromTimestamp || event.timestamp >= fromTimestamp) &&
    (!toTimestamp || event.timestamp <= toTimestamp);
}

function eventOf(event: PyObject): GraphqlEvent {
  const cid = textAt(event, "details_cid");
  const details = valueAt(event, "details");
  return {
    entityId: textAt(event, "entity_id") ?? "",
    // A signed event has its type beside the name that all such events have.
    eventType: textAt(event, "event_type") ?? textAt(event, "event") ?? "",
    details: details === undefined || details === null ? "" : writeRestJson(details),
    detailsCid: cid,
    detailsNonce: textAt(event, "details_nonce"),
    isOffchain: cid !== null,
    timestamp: secondsOf(valueAt(event, "timestamp")),
    signature: textAt(event, "signature"),
  };
}

function textAt(event: PyObject, key: string): string | null {
  const value = valueAt(event, key);
  return typeof value === "string" ? value : null;
}

function secondsOf(value: PyJson | undefined): number {
  return value instanceof PyFloat ? value.value : Number(value ?? 0);
}

/** The authority's signature in the event that finalises a block. */
function signatureOf(text: string): readonly string[] {
  const details = valueAt(readEvent(text), "details");
  const signature = isPyObject(details) ? textAt(details, "authority_signature") : null;
  return signature === null ? [] : [signature];
}
