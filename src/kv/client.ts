import type { CommitResult, ListedThen, Mutation, Range, StoredEntry } from "./store.ts";

/** Entries of one batch of a list, the most that any KV gives in one consistent read. */
export const BATCH_ENTRIES = 1_000;

/** What a client of a KV must be able to do: the runtime's own can, and so can others. */
export interface KvClient {
  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>>;
  /** Up to ten keys, in the order asked. */
  getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]>;
  /** Up to `limit` entries of a range, from its end where `reverse`; one read for each batch. */
  list<T>(range: Range, limit: number, reverse: boolean): Promise<StoredEntry<T>[]>;
  /** A list, and an entry as it is no earlier than that: in one read where it can be. */
  listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>>;
  commit(mutation: Mutation): Promise<CommitResult>;
  /** Emits the entries now and whenever one of them changes; may coalesce. */
  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]>;
  close(): void;
}

/** A list, and an entry after it, in two reads. */
export async function listThenGet<T>(
  kv: Pick<KvClient, "list" | "get">,
  range: Range,
  limit: number,
  reverse: boolean,
  key: Deno.KvKey,
): Promise<ListedThen<T>> {
  const entries = await kv.list<T>(range, limit, reverse);
  return { entries, entry: await kv.get(key) };
}

/** The runtime's own client, which reads one range at a time. */
export function runtimeClient(kv: Deno.Kv): KvClient {
  const client: KvClient = {
    get: (key) => kv.get(key),
    getMany: <T>(keys: readonly Deno.KvKey[]) => kv.getMany<T[]>(keys),
    async list<T>(range: Range, limit: number, reverse: boolean) {
      const found: StoredEntry<T>[] = [];
      const options = { limit, batchSize: Math.min(limit, BATCH_ENTRIES), reverse };
      for await (const entry of kv.list<T>(range, options)) {
        found.push({ ...entry });
        // The iterator has a function assigned to a property for each entry, which V8 puts among what
        // is old: it holds the entry until the next full collection, of which values were the cause.
        const left: { value: T | null } = entry;
        left.value = null;
      }
      return found;
    },
    listThen: (range, limit, reverse, key) => listThenGet(client, range, limit, reverse, key),
    async commit({ checks, sets, deletes }) {
      const atomic = kv.atomic();
      for (const { key, versionstamp } of checks) atomic.check({ key, versionstamp });
      for (const { key, value } of sets) atomic.set(key, value);
      for (const key of deletes) atomic.delete(key);
      const result = await atomic.commit();
      return result.ok ? { versionstamp: result.versionstamp } : undefined;
    },
    watch: (keys) => kv.watch<unknown[]>([...keys]),
    close: () => kv.close(),
  };
  return client;
}
