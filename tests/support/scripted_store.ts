import type {
  CommitResult,
  ListedThen,
  Mutation,
  Range,
  Store,
  StoredEntry,
} from "../../src/kv/store.ts";

/** A real store, of which a test may change how commits and watches go. */
export class ScriptedStore implements Store {
  readonly real: Store;
  readonly description = "scripted";
  readonly exclusive: boolean;
  /** Called instead of a commit; `apply` is the real one. */
  onCommit: (apply: () => Promise<CommitResult>, mutation: Mutation) => Promise<CommitResult> = (
    apply,
  ) => apply();
  onWatch: ((keys: readonly Deno.KvKey[]) => ReadableStream<StoredEntry[]>) | undefined;

  constructor(real: Store, exclusive = false) {
    this.real = real;
    this.exclusive = exclusive;
  }

  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    return this.real.get(key);
  }

  getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    return this.real.getMany(keys);
  }

  list<T>(range: Range, limit: number, reverse?: boolean): Promise<StoredEntry<T>[]> {
    return this.real.list(range, limit, reverse);
  }

  async listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>> {
    const entries = await this.list<T>(range, limit, reverse);
    return { entries, entry: await this.get(key) };
  }

  commit(mutation: Mutation): Promise<CommitResult> {
    return this.onCommit(() => this.real.commit(mutation), mutation);
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    return this.onWatch?.(keys) ?? this.real.watch(keys);
  }

  close(): void {
    this.real.close();
  }
}

/** A watch that emits only what the test says. */
export function scriptedWatch(): {
  stream: ReadableStream<StoredEntry[]>;
  emit: (entries: StoredEntry[]) => void;
} {
  let emit: (entries: StoredEntry[]) => void = () => {};
  const stream = new ReadableStream<StoredEntry[]>({
    start(controller) {
      emit = (entries) => controller.enqueue(entries);
    },
  });
  return { stream, emit: (entries) => emit(entries) };
}
