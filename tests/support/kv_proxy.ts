import { PbfReader } from "pbf";
import { decodeKey } from "../../src/kv/connect_keys.ts";
import { MuteProxy } from "./mute_proxy.ts";

/** Bytes of a unit of reading and of writing, as Deploy counts them for its prices. */
const READ_UNIT = 4 * 1024;
const WRITE_UNIT = 1024;

/** What went through a proxy, all since it began. */
export interface KvCounts {
  /** Round trips, watches aside. */
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  /** Watches that were begun. */
  readonly watches: number;
  /** Keys asked for by name, and entries of ranges: an empty range is one. */
  readonly keysRead: number;
  readonly keysWritten: number;
  /** The same in units of what they hold, each begun one counted. */
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Entries that watches told of. */
  readonly keysTold: number;
}

/** One call that went through. */
export interface KvCall {
  readonly kind: "read" | "write" | "watch" | "welcome";
  /** The first of each range, or each key that is written; for people. */
  readonly keys: readonly string[];
}

/** Why a call is not passed on: what is answered in its stead. */
export interface KvRefusal {
  readonly status: number;
  readonly text: string;
}

/**
 * A road to a KV service (KV Connect over HTTP) that counts what is asked, and can be long, refuse,
 * or break. Both the runtime's client and the program's own go through it.
 */
export class KvProxy {
  /** Milliseconds that each call takes longer; watches tell later by as many. */
  delayMs = 0;
  /** What is answered to reads and writes, and to watches, instead of passing them on. */
  refusal: KvRefusal | undefined;
  /** Which of them, where not all. */
  refuses: (call: KvCall) => boolean = () => true;
  /** Told of each call before it is passed on. */
  onCall: (call: KvCall) => void = () => {};
  readonly #target: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** In front of the server, whose connections cannot be cut. */
  readonly #road: MuteProxy;
  readonly #watches = new Set<AbortController>();
  #underWay = 0;
  readonly #counts = {
    calls: 0,
    reads: 0,
    writes: 0,
    watches: 0,
    keysRead: 0,
    keysWritten: 0,
    readUnits: 0,
    writeUnits: 0,
    keysTold: 0,
  };

  /** Leads to the service at `target`, from a port of the loopback. */
  constructor(target: string) {
    this.#target = target;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      onError: () => new Response("the service is not there", { status: 502 }),
    }, async (request) => {
      this.#underWay++;
      try {
        return await this.#serve(request);
      } finally {
        this.#underWay--;
      }
    });
    this.#road = new MuteProxy(this.#server.addr.port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#road.port}`;
  }

  /** What has gone through so far. */
  get counts(): KvCounts {
    return { ...this.#counts };
  }

  /** Whether a call has not been answered yet. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Watches that are open now. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Cuts every connection there is, also of calls under way; new ones go through. */
  breakConnections(): void {
    this.#road.cut();
  }

  /** From now on the connections there are lead nowhere, without a word; new ones go through. */
  mute(): void {
    this.#road.mute();
  }

  /** Ends what watches there are, and nothing else. */
  breakWatches(): void {
    for (const watch of this.#watches) watch.abort();
  }

  async stop(): Promise<void> {
    this.#road.close();
    this.breakWatches();
    await this.#server.shutdown();
  }

  async #serve(request: Request): Promise<Response> {
    const body = await request.bytes();
    const { pathname } = new URL(request.url);
    const call = callOf(pathname, body);
    this.onCall(call);
    this.#count(call, body);
    await this.#wait();
    const { refusal } = this;
    if (refusal !== undefined && call.kind !== "welcome" && this.refuses(call)) {
      return new Response(refusal.text, { status: refusal.status });
    }
    const watch = new AbortController();
    const answer = await fetch(`${this.#target}${pathname}`, {
      method: request.method,
      headers: passedOn(request.headers),
      body,
      signal: watch.signal,
    });
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    const init = { status: answer.status, headers: { "content-type": type } };
    if (call.kind === "watch" && answer.body !== null) {
      return new Response(this.#told(answer.body, watch), init);
    }
    const bytes = await answer.bytes();
    if (call.kind === "read" && answer.ok) this.#countRead(bytes);
    return new Response(call.kind === "welcome" ? this.#led(bytes) : bytes, init);
  }

  /** What a watch tells, until either side leaves it, or it is broken here. */
  #told(body: ReadableStream<Uint8Array>, watch: AbortController): ReadableStream<Uint8Array> {
    this.#watches.add(watch);
    const reader = body.getReader();
    watch.signal.addEventListener("abort", () => {
      this.#watches.delete(watch);
      reader.cancel().catch(() => {});
    });
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) throw new Error("the watch is over");
          this.#counts.keysTold += toldIn(value);
          await this.#wait();
          controller.enqueue(value);
        } catch (error) {
          watch.abort();
          controller.error(error);
        }
      },
      cancel: () => watch.abort(),
    }, { highWaterMark: 0 });
  }

  #wait(): Promise<void> | undefined {
    if (this.delayMs === 0) return undefined;
    return new Promise((resolve) => setTimeout(resolve, this.delayMs));
  }

  #count({ kind, keys }: KvCall, body: Uint8Array): void {
    const counts = this.#counts;
    if (kind === "watch") counts.watches++;
    if (kind !== "read" && kind !== "write") return;
    counts.calls++;
    if (kind === "read") counts.reads++;
    else {
      counts.writes++;
      counts.keysWritten += keys.length;
      for (const bytes of mutationSizes(body)) {
        counts.writeUnits += Math.max(1, Math.ceil(bytes / WRITE_UNIT));
      }
    }
  }

  #countRead(answer: Uint8Array): void {
    for (const sizes of entrySizes(answer)) {
      this.#counts.keysRead += Math.max(1, sizes.length);
      for (const bytes of sizes.length === 0 ? [0] : sizes) {
        this.#counts.readUnits += Math.max(1, Math.ceil(bytes / READ_UNIT));
      }
    }
  }

  /** The service's word of where the database is, which is here. */
  #led(welcome: Uint8Array): string {
    return new TextDecoder().decode(welcome).replaceAll(this.#target, this.url);
  }
}

function passedOn(headers: Headers): Headers {
  const passed = new Headers(headers);
  for (const name of ["host", "connection", "content-length", "transfer-encoding"]) {
    passed.delete(name);
  }
  return passed;
}

function callOf(path: string, body: Uint8Array): KvCall {
  if (path.endsWith("/snapshot_read")) return { kind: "read", keys: rangeStarts(body) };
  if (path.endsWith("/atomic_write")) return { kind: "write", keys: mutatedKeys(body) };
  if (path.endsWith("/watch")) return { kind: "watch", keys: rangeStarts(body) };
  return { kind: "welcome", keys: [] };
}

/** The first bytes field of each message of a field, decoded as a key. */
function keysOf(body: Uint8Array, wanted: number): string[] {
  const keys: string[] = [];
  new PbfReader(body).readFields((field, _, reader) => {
    if (field !== wanted) return;
    reader.readMessage((inner, _, reader) => {
      if (inner === 1) keys.push(keyText(reader.readBytes()));
    }, undefined);
  }, undefined);
  return keys;
}

const rangeStarts = (body: Uint8Array) => keysOf(body, 1);
const mutatedKeys = (body: Uint8Array) => keysOf(body, 2);

function keyText(bytes: Uint8Array): string {
  try {
    return decodeKey(bytes).map(String).join(" ");
  } catch {
    return bytes.toHex();
  }
}

/** Bytes of each mutation: of its key and its value. */
function mutationSizes(body: Uint8Array): number[] {
  return messageSizes(body, 2);
}

/** Bytes of each entry of each range. */
function entrySizes(answer: Uint8Array): number[][] {
  const ranges: number[][] = [];
  new PbfReader(answer).readFields((field, _, reader) => {
    if (field === 1) ranges.push(messageSizes(reader.readBytes(), 1));
  }, undefined);
  return ranges;
}

function messageSizes(bytes: Uint8Array, wanted: number): number[] {
  const sizes: number[] = [];
  new PbfReader(bytes).readFields((field, _, reader) => {
    if (field === wanted) sizes.push(reader.readBytes().length);
  }, undefined);
  return sizes;
}

/** Keys that have changed in what one chunk of a watch's answer says; whole messages come in one. */
function toldIn(chunk: Uint8Array): number {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  let told = 0;
  for (let at = 0; at + 4 <= chunk.length;) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > chunk.length) break;
    new PbfReader(chunk.subarray(at + 4, end)).readFields((field, _, reader) => {
      if (field !== 2) return;
      reader.readMessage((inner, _, reader) => {
        if (inner === 1 && reader.readBoolean()) told++;
      }, undefined);
    }, undefined);
    at = end;
  }
  return told;
}
