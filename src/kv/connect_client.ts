import { type Clock, systemClock } from "../kernel/clock.ts";
import { BATCH_ENTRIES, type KvClient, listThenGet } from "./client.ts";
import type { CommitResult, ListedThen, Mutation, Range, StoredEntry } from "./store.ts";
import { away, KvAnswerError, KvAwayError } from "./connect_errors.ts";
import { afterKey, encodeKey } from "./connect_keys.ts";
import {
  decodeRead,
  decodeWrite,
  encodeRead,
  encodeWatch,
  encodeWrite,
  type ReadRange,
  WriteStatus,
} from "./connect_messages.ts";
import { type KvSession, metadataRequest, sessionOf } from "./connect_metadata.ts";
import { watched } from "./connect_watch.ts";

/** A request's headers and body, as `fetch` takes them. */
interface Question {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit;
}

/**
 * A client of KV Connect, the protocol of `denokv` and of Deploy's databases. The runtime's own
 * holds back all but the first kilobyte of a request until that is acknowledged, which takes 44 ms;
 * the one of npm takes 40 µs of this thread for a row, and asks for more than it needs.
 *
 * It asks once: what is worth another try is for the log to know. Closing it ends whatever is asked.
 */
export class KvConnectClient implements KvClient {
  readonly #url: string;
  readonly #accessToken: string;
  readonly #clock: Clock;
  /** Its own connections: those of a client that is given up may be dead. */
  readonly #http = Deno.createHttpClient({});
  readonly #closed = new AbortController();
  readonly #watches = new Set<AbortController>();
  #session: KvSession | undefined;
  #meeting: Promise<KvSession> | undefined;

  private constructor(url: string, accessToken: string, clock: Clock) {
    this.#url = url;
    this.#accessToken = accessToken;
    this.#clock = clock;
  }

  /** Opens the database at `url`. Throws what it says where it does not let in. */
  static async open(
    url: string,
    accessToken: string,
    clock: Clock = systemClock,
  ): Promise<KvConnectClient> {
    const client = new KvConnectClient(url, accessToken, clock);
    try {
      await client.#meet();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  async get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    const [entry] = await this.getMany<T>([key]);
    return entry ?? { key, value: null, versionstamp: null };
  }

  async getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    const ranges = await this.#read<T>(keys.map((key) => {
      const start = encodeKey(key);
      return { start, end: afterKey(start), limit: 1, reverse: false };
    }));
    return keys.map((key, at) => ranges[at]?.[0] ?? { key, value: null, versionstamp: null });
  }

  async list<T>(range: Range, limit: number, reverse: boolean): Promise<StoredEntry<T>[]> {
    let start = encodeKey(range.start);
    let end = encodeKey(range.end);
    const found: StoredEntry<T>[] = [];
    while (found.length < limit) {
      const asked = Math.min(limit - found.length, BATCH_ENTRIES);
      const [some = []] = await this.#read<T>([{ start, end, limit: asked, reverse }]);
      found.push(...some);
      const last = some.at(-1);
      if (last === undefined || some.length < asked) break;
      if (reverse) end = encodeKey(last.key);
      else start = afterKey(encodeKey(last.key));
    }
    return found;
  }

  async listThen<T>(
    { start, end }: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>> {
    const then = encodeKey(key);
    // Both count toward what one read may give.
    const asked = Math.min(limit, BATCH_ENTRIES - 1);
    const [entries = [], [entry] = []] = await this.#read<T>([
      { start: encodeKey(start), end: encodeKey(end), limit: asked, reverse },
      { start: then, end: afterKey(then), limit: 1, reverse: false },
    ]);
    if (asked < limit && entries.length === asked) {
      return await listThenGet(this, { start, end }, limit, reverse, key);
    }
    return { entries, entry: entry ?? { key, value: null, versionstamp: null } };
  }

  async commit(mutation: Mutation): Promise<CommitResult> {
    const answer = await this.#call("atomic_write", encodeWrite(mutation));
    const { status, versionstamp } = decodeWrite(await bytesOf(answer));
    if (status === WriteStatus.success) return { versionstamp };
    if (status === WriteStatus.checkFailed) return undefined;
    if (status === WriteStatus.disabled) {
      this.#session = undefined;
      throw new KvAnswerError(403, "writes are disabled for this database");
    }
    throw new KvAwayError(`it does not say whether it wrote (${status})`);
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    // Not AbortSignal.any(): what it gives may be collected, and then nothing ends the watch.
    const left = new AbortController();
    this.#watches.add(left);
    left.signal.addEventListener("abort", () => this.#watches.delete(left));
    return watched(keys, left, async () => {
      const { body } = await this.#call("watch", encodeWatch(keys), left.signal);
      if (body === null) throw new KvAwayError("it tells nothing");
      return body;
    }, this.#clock);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    for (const left of [...this.#watches]) left.abort();
    this.#http.close();
  }

  async #read<T>(ranges: readonly ReadRange[]): Promise<StoredEntry<T>[][]> {
    const answer = decodeRead(await bytesOf(await this.#call("snapshot_read", encodeRead(ranges))));
    if (answer.isDisabled || !answer.isStrong) {
      this.#session = undefined;
      throw new KvAwayError("it has not the newest state");
    }
    if (answer.ranges.length !== ranges.length) throw new KvAwayError("it answers something else");
    // Whoever reads knows what was written under the keys.
    return answer.ranges as StoredEntry<T>[][];
  }

  async #call(method: string, body: BodyInit, left?: AbortSignal): Promise<Response> {
    for (let attempt = 0;; attempt++) {
      const session = this.#current() ?? await this.#meet();
      const question = { headers: session.headers, body };
      const answer = await this.#ask(`${session.endpoint}/${method}`, question, left);
      if (answer.status === 200) return answer;
      const text = await textOf(answer);
      // Its word may have ended before it said so. Nothing was done.
      if (answer.status === 401 && attempt === 0) this.#session = undefined;
      else throw new KvAnswerError(answer.status, text);
    }
  }

  #current(): KvSession | undefined {
    const session = this.#session;
    return session !== undefined && performance.now() < session.until ? session : undefined;
  }

  /** Asks the service who it is; those who want to know meanwhile wait for the same answer. */
  #meet(): Promise<KvSession> {
    this.#meeting ??= (async () => {
      const answer = await this.#ask(this.#url, metadataRequest(this.#accessToken));
      const text = await textOf(answer);
      if (answer.status !== 200) throw new KvAnswerError(answer.status, text);
      return this.#session = sessionOf(parsed(text), answer.url);
    })().finally(() => this.#meeting = undefined);
    return this.#meeting;
  }

  async #ask(url: string, { headers, body }: Question, left?: AbortSignal): Promise<Response> {
    if (this.#closed.signal.aborted) throw new Deno.errors.BadResource("the client is closed");
    const signal = left ?? this.#closed.signal;
    const init = { method: "POST", headers, body, signal, client: this.#http };
    try {
      return await fetch(url, init);
    } catch (error) {
      throw away(error);
    }
  }
}

async function bytesOf(answer: Response): Promise<Uint8Array> {
  try {
    return await answer.bytes();
  } catch (error) {
    throw away(error);
  }
}

async function textOf(answer: Response): Promise<string> {
  return new TextDecoder().decode(await bytesOf(answer)).trim();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
