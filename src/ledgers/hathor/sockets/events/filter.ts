import type { EventBatch } from "../../../../log/event_batch.ts";
import { EventType } from "../../names.ts";
import type { TopicBook, Topics } from "../shared/topics.ts";
import type { EventFilter } from "./request.ts";

/** What each event of a batch is about. */
export type BatchTopics = readonly Topics[];

/** Finds out what the events of batches are about. */
export type TopicsOf = (batch: EventBatch) => BatchTopics | Promise<BatchTopics>;

const NONE: Topics = { addresses: [], tokens: [] };

/** Finds topics with a book: one for each service, as answers are kept under it. */
export function batchTopicsOf(book: TopicBook): TopicsOf {
  return async (batch) => {
    const topics: Topics[] = [];
    for (const [index, type] of batch.types.entries()) {
      topics.push(await topicsOf(book, type, batch.text(index)));
    }
    return topics;
  };
}

const HASH = /"hash":"([0-9a-f]{64})"/;
const TOKEN = /"token_uid":"([0-9a-f]{64})"/;

async function topicsOf(book: TopicBook, type: string, text: string): Promise<Topics> {
  switch (type) {
    case EventType.newVertex:
    case EventType.metadataChanged:
    case EventType.vertexRemoved: {
      // Both are written by this ledger, the vertex's own hash before any other.
      const hash = HASH.exec(text)?.[1];
      const known = hash === undefined ? undefined : await book.find(hash);
      return known ?? removedTopics(text);
    }
    case EventType.tokenCreated: {
      const uid = TOKEN.exec(text)?.[1];
      const known = uid === undefined ? undefined : await book.find(uid);
      return known ?? { addresses: [], tokens: uid === undefined ? [] : [uid] };
    }
    default:
      return NONE;
  }
}

const ADDRESS = /"address":"([1-9A-Za-z]{34})"/g;
const TOKENS = /"tokens":\[([^\]]*)\]/;

/** A vertex that is removed is told once more, and then only there. */
function removedTopics(text: string): Topics {
  const addresses = [...text.matchAll(ADDRESS)].map(([, address]) => address ?? "");
  const tokens = TOKENS.exec(text)?.[1]?.match(/[0-9a-f]{64}/g) ?? [];
  return { addresses, tokens: ["00", ...tokens] };
}

/** Whether an event passes a filter. */
export type EventMatcher = (batch: EventBatch, topics: BatchTopics, index: number) => boolean;

export function eventMatcher({ types, addresses, tokens }: EventFilter): EventMatcher {
  const wantedTypes = types && new Set(types);
  const wantedAddresses = addresses && new Set(addresses);
  const wantedTokens = tokens && new Set(tokens);
  return (batch, topics, index) => {
    if (wantedTypes?.has(batch.types[index] ?? "") === false) return false;
    const about = topics[index] ?? NONE;
    return isAny(about.addresses, wantedAddresses) && isAny(about.tokens, wantedTokens);
  };
}

function isAny(names: readonly string[], wanted: ReadonlySet<string> | undefined): boolean {
  return wanted === undefined || names.some((name) => wanted.has(name));
}
