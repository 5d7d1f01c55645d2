import { post } from "../events.ts";
import { BlockChain, fillBlocks, XPUB } from "../hathor_blocks.ts";
import { ADMIN, HEARD, Listeners, ROUND } from "../hathor_listeners.ts";
import type { Options } from "../options.ts";
import { inTurns } from "../pairs.ts";
import { delay, type ServerProcess, startBare, startOurs, withFolder } from "../processes.ts";
import { HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";

/** What our own server has Hathor's sockets under. */
const EVENTS = "/hathor/v1a/event_ws";

const GAP_LIMIT = 20;
const BLOCKS = 10_000;
/** Seconds for blocks that are taken in later, one for each. */
const LEFT_SECONDS = 1_000;
/** The same for a smoke test. */
const FEW_BLOCKS = 500;

/** A window, with the events per second that the reference node was seen to reach with it. */
interface Window {
  readonly name: string;
  readonly size: number;
  readonly original: number;
  /** Least part of the ceiling, where that is set by the server and not by going to and fro. */
  readonly least?: number;
}

const WINDOWS: readonly Window[] = [
  { name: "1", size: 1, original: 1_045 },
  { name: "100", size: 100, original: 1_468 },
  { name: "all", size: 1_000_000_000, original: 3_252, least: 0.5 },
];

/** Messages per second that it brought to a hundred clients, a block after the other. */
const FANOUT_ORIGINAL = 8_488;

/**
 * Hathor's sockets on a chain of blocks that pay to a wallet: the replay of all events by windows,
 * the wallet's whole history, and what clients of an address hear while blocks are taken in.
 */
export const hathorSockets: Scenario = {
  name: "hathor-sockets",
  run: (options): Promise<Row[]> =>
    withFolder(async (folder) => {
      const count = options.quick ? FEW_BLOCKS : BLOCKS;
      // The last of them is old enough for more, and not so old that miners' are refused.
      const chain = new BlockChain(Math.floor(Date.now() / 1_000) - count - LEFT_SECONDS);
      await fillBlocks(`${folder}/ours.db`, chain, count);
      const ours = await startOurs(folder);
      try {
        const bare = await startBare();
        try {
          return [
            ...await events(ours, bare, options),
            await history(ours, bare, options),
            await fanout(ours, bare, options, chain, 100),
            await fanout(ours, bare, options, chain, 1_000),
          ];
        } finally {
          await bare.stop();
        }
      } finally {
        await ours.stop();
      }
    }),
};

// --- Events ---------------------------------------------------------------------------------

async function events(
  ours: ServerProcess,
  bare: ServerProcess,
  { pairs, quick }: Options,
): Promise<Row[]> {
  const rows: Row[] = [];
  const count = await eventCount(ours);
  for (const { name, size, original, least } of WINDOWS) {
    // As many as are sent in a time that can be measured.
    const messages = size === 1 && !quick ? Math.min(count, 10_000) : count;
    const warmUps = quick || size === 1 ? 1 : 3;
    let frames = 0;
    for (let warmUp = 0; warmUp < warmUps; warmUp++) {
      frames = Math.round((await replayed(ours, size, messages)).bytes);
    }
    await bareReplayed(bare, size, messages, frames);
    const paired = await inTurns(
      pairs,
      { run: async () => (await replayed(ours, size, messages)).rate, pid: ours.pid },
      () => bareReplayed(bare, size, messages, frames),
    );
    rows.push({
      scenario: `hathor-sockets-events-${name}`,
      ours: rate(paired.ours),
      ceiling: rate(paired.ceiling),
      ratio: paired.ratio,
      each: paired.each,
      ...(least === undefined ? {} : { target: { is: "at least", value: least } }),
      note: `${rounded(paired.ours / original)} times the reference node on another day; ` +
        `${messages} frames of ${frames} B; ${paired.cpu}`,
    });
  }
  return rows;
}

async function eventCount(ours: ServerProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${ours.main}/hathor/v1a/event?size=1`);
  const { latest_event_id } = await response.json();
  return Number(latest_event_id) + 1;
}

/** Replays from the beginning, with an acknowledgement whenever the window is full. */
async function replayed(
  { main }: ServerProcess,
  window: number,
  messages: number,
): Promise<{ rate: number; bytes: number }> {
  const start = { type: "START_STREAM", last_ack_event_id: null, window_size: window };
  return await windowed(main, EVENTS, window, messages, JSON.stringify(start), (sent) => (
    JSON.stringify({ type: "ACK", ack_event_id: sent - 1, window_size: window })
  ));
}

/** The bare server is asked for as many frames as the window holds, again and again. */
async function bareReplayed(
  { port }: ServerProcess,
  window: number,
  messages: number,
  bytes: number,
): Promise<number> {
  const ask = `replay ${Math.min(window, messages)} ${bytes}`;
  return (await windowed(port, "/ws", window, messages, ask, () => ask)).rate;
}

async function windowed(
  port: number,
  path: string,
  window: number,
  messages: number,
  start: string,
  more: (received: number) => string,
): Promise<{ rate: number; bytes: number }> {
  const crowd = await Crowd.connect(port, 1, { path });
  try {
    const started = performance.now();
    await crowd.sendAll(start);
    for (let received = window; received < messages; received += window) {
      await crowd.waitFor(received);
      await crowd.sendAll(more(received));
    }
    const ended = await crowd.waitFor(messages);
    return { rate: messages * 1_000 / (ended - started), bytes: crowd.bytes / crowd.messages };
  } finally {
    await crowd.close();
  }
}

// --- History --------------------------------------------------------------------------------

async function history(
  ours: ServerProcess,
  bare: ServerProcess,
  { pairs }: Options,
): Promise<Row> {
  const first = await wholeHistory(ours);
  const { messages } = first;
  const bytes = Math.round(first.bytes);
  await bareReplayed(bare, messages, messages, bytes);
  const paired = await inTurns(
    pairs,
    { run: async () => (await wholeHistory(ours)).rate, pid: ours.pid },
    () => bareReplayed(bare, messages, messages, bytes),
  );
  return {
    scenario: "hathor-sockets-history",
    ours: rate(paired.ours),
    ceiling: rate(paired.ceiling),
    ratio: paired.ratio,
    each: paired.each,
    note: `a wallet's ${messages} messages of ${bytes} B in ${
      rounded(messages * 1_000 / paired.ours)
    } ms; ${paired.cpu}`,
  };
}

/** Streams the history of the key to its end. */
async function wholeHistory(
  { main }: ServerProcess,
): Promise<{ rate: number; bytes: number; messages: number }> {
  const end = new TextEncoder().encode('{"type":"stream:history:end"');
  let ended: number | undefined;
  const crowd = await Crowd.connect(main, 1, {
    path: ADMIN,
    message(payload) {
      if (end.every((byte, at) => payload[at] === byte)) ended = performance.now();
    },
  });
  try {
    const started = performance.now();
    const request = { type: "request:history:xpub", id: "bench", xpub: XPUB };
    await crowd.sendAll(JSON.stringify({ ...request, "gap-limit": GAP_LIMIT }));
    for (let waited = 0; ended === undefined; waited++) {
      if (waited > 60_000) throw new Error("the history does not end");
      await delay(1);
    }
    const { messages } = crowd;
    return { rate: messages * 1_000 / (ended - started), bytes: crowd.bytes / messages, messages };
  } finally {
    await crowd.close();
  }
}

// --- Fan-out --------------------------------------------------------------------------------

async function fanout(
  ours: ServerProcess,
  bare: ServerProcess,
  { pairs, quick }: Options,
  chain: BlockChain,
  clients: number,
): Promise<Row> {
  const listeners = await Listeners.open(ours, quick ? clients / 10 : clients);
  const crowd = await Crowd.connect(bare.port, listeners.size);
  const connection = await HttpConnection.connect(bare.port);
  try {
    await listeners.round(chain);
    const bytes = listeners.messageBytes;
    const expected = ROUND * HEARD * listeners.size;
    const bareRound = async () => {
      const before = crowd.messages;
      const started = performance.now();
      for (let block = 0; block < ROUND; block++) {
        await connection.exchange(post(`/fan?count=${HEARD}&bytes=${bytes}`));
      }
      return expected * 1_000 / (await crowd.waitFor(before + expected) - started);
    };
    await bareRound();
    const paired = await inTurns(
      pairs,
      { run: () => listeners.round(chain), pid: ours.pid },
      bareRound,
    );
    return {
      scenario: `hathor-sockets-fanout-${clients}`,
      ours: rate(paired.ours),
      ceiling: rate(paired.ceiling),
      ratio: paired.ratio,
      each: paired.each,
      note: `taking the blocks in is part of it; the reference node brought ${
        rate(FANOUT_ORIGINAL)
      } to 100 clients on another day; ${bytes} B a frame; ${paired.cpu}`,
    };
  } finally {
    connection.close();
    await crowd.close();
    await listeners.close();
  }
}
