/**
 * The ceiling for appends over HTTP: what any program of this runtime reaches that reads a body, puts
 * it into Deno KV, and answers once it is there. All requests that wait while a commit is under way
 * go in the next; each path is a chain with a head, which is checked. Nothing is parsed, hashed or
 * handed to anybody. Arguments: the port, the store's file, and `node` (`node:http`) or `deno`
 * (`Deno.serve`).
 */
import { createServer } from "node:http";

/** Bytes of a head, and of a record beside its events, about as the real ones are. */
const HEAD_BYTES = 330;
const RECORD_BYTES = 150;

/** The largest value. */
const VALUE_BYTES = 60 * 1024;

interface Waiting {
  readonly chain: string;
  readonly body: Uint8Array;
  readonly done: () => void;
}

const [port, path, edge] = Deno.args;
const kv = await Deno.openKv(path);
const heads = new Map<string, { next: number; versionstamp: string | null }>();
let waiting: Waiting[] = [];
let isBusy = false;

function append(chain: string, body: Uint8Array): Promise<void> {
  return new Promise((done) => {
    waiting.push({ chain, body, done });
    if (!isBusy) void commitAll();
  });
}

async function commitAll(): Promise<void> {
  isBusy = true;
  while (waiting.length > 0) {
    // Those of the same turn go together.
    await Promise.resolve();
    const taken = waiting;
    waiting = [];
    const groups = Map.groupBy(taken, ({ chain }) => chain);
    const atomic = kv.atomic();
    for (const [chain, group] of groups) {
      const { next, versionstamp } = heads.get(chain) ?? { next: 0, versionstamp: null };
      const record = recordOf(group);
      atomic.check({ key: ["head", chain], versionstamp });
      for (let at = 0, part = 0; at < record.length; at += VALUE_BYTES, part++) {
        atomic.set(["log", chain, next, part], record.subarray(at, at + VALUE_BYTES));
      }
      atomic.set(["head", chain], new Uint8Array(HEAD_BYTES));
    }
    const committed = await atomic.commit();
    if (!committed.ok) throw new Error("another process writes to this store");
    for (const [chain, group] of groups) {
      const next = (heads.get(chain)?.next ?? 0) + group.length;
      heads.set(chain, { next, versionstamp: committed.versionstamp });
    }
    for (const { done } of taken) done();
  }
  isBusy = false;
}

function recordOf(group: readonly Waiting[]): Uint8Array {
  const record = new Uint8Array(
    group.reduce((sum, { body }) => sum + body.length, RECORD_BYTES),
  );
  let at = RECORD_BYTES;
  for (const { body } of group) {
    record.set(body, at);
    at += body.length;
  }
  return record;
}

if (edge === "node") {
  createServer((request, response) => {
    let body = new Uint8Array();
    // Each comes in one part.
    request.on("data", (part: Uint8Array<ArrayBuffer>) => body = part);
    request.on("end", async () => {
      await append(request.url ?? "", body);
      response.writeHead(204).end();
    });
  }).listen(Number(port), "127.0.0.1");
} else {
  Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, async (request) => {
    await append(request.url, await request.bytes());
    return new Response(null, { status: 204 });
  });
}
