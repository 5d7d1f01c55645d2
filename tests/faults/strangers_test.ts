import { assertEquals } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { runWell } from "../support/command_line.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { Prng } from "../support/prng.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { mangled, mangledMessage, pick } from "../support/stranger/mangle.ts";
import { PREPARATION, REQUESTS } from "../support/stranger/seeds.ts";
import { SOCKETS, type SocketSeed } from "../support/stranger/sockets.ts";
import { shrunk } from "../support/stranger/shrink.ts";
import { bytesOf, exchange, isFault, keyed, type WireRequest } from "../support/stranger/wire.ts";
import { until } from "../support/until.ts";
import { WsClient } from "../support/ws_client.ts";

const KEY = "a-key-for-tests-only";
const SEED = amount("LEDGER_STRANGER_SEED", 20_261_128);
const REQUEST_COUNT = amount("LEDGER_STRANGER_REQUESTS", 500);
const MESSAGE_COUNT = amount("LEDGER_STRANGER_MESSAGES", 500);

/** Requests and sockets that are under way at a time. */
const AT_ONCE = 6;
/** Messages of one socket, which may be fewer than the least limit on them. */
const MESSAGES_EACH = 25;
/** Ledgers whose requests go to their own ports as well as to the main one. */
const NATIVE = ["hierachain", "hathor", "bigchaindb", "planetmint"];
/** What a socket is closed with where the server has failed. */
const INTERNAL = 1011;
/** Characters of an input that are told. */
const TOLD_CHARS = 700;

type Message = string | Uint8Array;

/** Faults that were met, each with the smallest input that led to it. */
class Faults {
  readonly #found = new Map<string, string>();

  add(fault: string, input: string): void {
    const known = this.#found.get(fault);
    if (known === undefined || input.length < known.length) this.#found.set(fault, input);
  }

  get list(): string[] {
    return [...this.#found].map(([fault, input]) => `${fault}\n${input.slice(0, TOLD_CHARS)}\n`);
  }
}

Deno.test(`${REQUEST_COUNT} requests and ${MESSAGE_COUNT} messages that are wrong (seed ${SEED}) break nothing`, async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/l.db`;
    const server = await ServerProcess.start(
      [store, "--streams-long-poll-seconds=1", ...NATIVE.map((name) => `--${name}-port=0`)],
      { LEDGER_API_KEYS: KEY, LEDGER_HATHOR_MINE: "off" },
    );
    const faults = new Faults();
    try {
      const main = server.origin("main");
      const witness = await ClientSocket.open(server.origin("hierachain"), `/ws?token=${KEY}`);
      for (const request of PREPARATION) await exchange(main, keyed(request, KEY));
      const natives = new Map(NATIVE.map((name) => [name, server.origin(name)]));
      await send(main, natives, new Prng(SEED), faults, witness);
      await say(main, new Prng(SEED + 1), faults, witness);
      await witness.settle();
      for (const { level, ...line } of server.lines()) {
        if (level === "error") faults.add(`told in the log: ${line.msg}`, JSON.stringify(line));
      }
      const ended = await server.stop();
      if (ended.code !== 0 || ended.stderr !== "") {
        faults.add(`ended with ${ended.code}`, ended.stderr);
      }
    } finally {
      await server.kill();
    }
    const verified = await runWell(["verify", store, "--rows"]);
    for (const line of verified.split("\n")) {
      if (line !== "" && !/: ok, \d+ events in \d+ commits/.test(line)) faults.add("verify", line);
    }
    assertEquals(faults.list, []);
  });
});

/** Sends requests, some at a time. Somebody else's socket is answered all the while. */
async function send(
  main: string,
  natives: ReadonlyMap<string, string>,
  random: Prng,
  faults: Faults,
  witness: ClientSocket,
): Promise<void> {
  const ledgers = Object.keys(REQUESTS);
  const statuses = new Map<string, number>();
  for (let sent = 0; sent < REQUEST_COUNT; sent += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, REQUEST_COUNT - sent) }, async () => {
      const ledger = pick(random, ledgers);
      const meant = pick(random, REQUESTS[ledger] ?? []);
      const native = random.chance(0.3) ? natives.get(ledger) : undefined;
      const own = native === undefined ? meant : atPort(ledger, meant);
      const request = keyed(mangled(own, random), KEY);
      const input = new TextDecoder("latin1").decode(bytesOf(request)).replace(KEY, "…");
      try {
        let answer = await exchange(native ?? main, request);
        const { status } = answer;
        // An answer without a body does not tell whose fault it is.
        if (request.method === "HEAD" && isFault(answer)) {
          answer = await exchange(native ?? main, { ...request, method: "GET" });
        }
        const kind = `${ledger} ${status ?? "cut"}`;
        statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
        if (isFault(answer)) {
          const place = meant.path.replace(/\?.*/, "").slice(0, 80);
          faults.add(`${ledger}: ${meant.method} ${place} is answered with ${status}`, input);
        }
      } catch (error) {
        faults.add(`${ledger}: ${error}`.slice(0, 200), input);
      }
    }));
    if (sent % (20 * AT_ONCE) === 0) await witness.settle();
  }
  for (const [kind, count] of [...statuses].sort()) figure(kind, count);
}

/** The request as it is at a ledger's own port, where paths begin without its name. */
function atPort(ledger: string, request: WireRequest): WireRequest {
  return { ...request, path: request.path.replace(`/${ledger}/`, "/") };
}

/** Opens sockets, some at a time, and says to each what it does not want to hear. */
async function say(
  main: string,
  random: Prng,
  faults: Faults,
  witness: ClientSocket,
): Promise<void> {
  const codes = new Map<string, number>();
  for (let said = 0; said < MESSAGE_COUNT; said += AT_ONCE * MESSAGES_EACH) {
    const count = Math.min(AT_ONCE, Math.ceil((MESSAGE_COUNT - said) / MESSAGES_EACH));
    await Promise.all(Array.from({ length: count }, async (_, at) => {
      const seed = pick(random, SOCKETS);
      const path = pick(random, seed.paths);
      const messages = Array.from(
        { length: MESSAGES_EACH },
        () => mangledMessage(pick(random, seed.messages), random),
      );
      const talk = (part: readonly Message[]) =>
        converse(main, seed, path, part, `mark-${said}-${at}`);
      try {
        const code = await talk(messages);
        codes.set(`${seed.name} ${code}`, (codes.get(`${seed.name} ${code}`) ?? 0) + 1);
        if (code !== INTERNAL) return;
        const least = await shrunk(messages, async (part) => await talk(part) === INTERNAL);
        faults.add(`${seed.name}: a socket is closed with ${code}`, told(path, least));
      } catch (error) {
        faults.add(`${seed.name}: ${error}`.slice(0, 200), told(path, messages));
      }
    }));
    await witness.settle();
  }
  for (const [kind, count] of [...codes].sort()) figure(kind, count);
}

function told(path: string, messages: readonly Message[]): string {
  const texts = messages.map((message) =>
    typeof message === "string" ? message : `bytes of ${new TextDecoder().decode(message)}`
  );
  return [path, ...texts].join("\n");
}

/** Says it all on one socket, and waits until it is handled. Resolves with how the socket ended. */
async function converse(
  main: string,
  seed: SocketSeed,
  path: string,
  messages: readonly Message[],
  mark: string,
): Promise<number> {
  let isMarked = seed.mark === undefined;
  const headers = { authorization: `Bearer ${KEY}` };
  const socket = await WsClient.open(
    main,
    (text) => isMarked ||= text.includes(mark),
    headers,
    path,
  );
  for (const message of messages) socket.sendAsIs(message);
  if (seed.mark !== undefined) socket.sendAsIs(seed.mark(mark));
  await until("an answer to the mark, or the end", () => isMarked || socket.code !== undefined);
  await socket.close();
  return socket.code ?? 0;
}
