import { besidePeer, inTurns } from "../pairs.ts";
import { fillNats, natsReplay, withNats } from "../peers/nats.ts";
import { createChain, delay, type ServerProcess, withServers } from "../processes.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { fill, fromEarliest } from "../streams.ts";
import { rate, rounded, type Row } from "../table.ts";

/** Replay of a whole chain, an event per frame: from the question to the last message of all. */
export const replay: readonly Scenario[] = [1, 10].map((clients) => ({
  name: `replay-${clients}`,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withServers((ours, bare) =>
      withNats(async (peer) => {
        await createChain(ours, "bench");
        await fill(ours, "bench", quick ? 4_000 : clients === 1 ? 120_000 : 40_000);
        const ask = fromEarliest("bench");
        const { messages, bytes } = await sizeOf(ours, ask);
        const run = (server: ServerProcess, text: string) => once(server, clients, text, messages);
        // Ours has been asked once already.
        await once(bare, 1, `replay ${messages} ${bytes}`, messages);
        if (peer !== undefined) await fillNats(peer, messages);
        const paired = await inTurns(
          pairs,
          { run: () => run(ours, ask), pid: ours.pid },
          () => run(bare, `replay ${messages} ${bytes}`),
          peer && (() => natsReplay(peer, clients, messages)),
        );
        return [{
          scenario: `replay-${clients}`,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          target: { is: "at least", value: clients === 1 ? 6 : 0.8 },
          ...besidePeer(paired, rate),
          note: `${messages} frames of ${rounded(bytes)} B; ${paired.cpu}`,
        }];
      })
    ),
}));

/** Replays once to learn how many messages there are, and how large. */
async function sizeOf(
  server: ServerProcess,
  ask: string,
): Promise<{ messages: number; bytes: number }> {
  const end = new TextEncoder().encode('{"type":"caught_up"');
  let isCaughtUp = false;
  const crowd = await Crowd.connect(server.port, 1, {
    message(payload) {
      isCaughtUp ||= end.every((byte, at) => payload[at] === byte);
    },
  });
  try {
    await crowd.sendAll(ask);
    for (let waited = 0; !isCaughtUp; waited += 20) {
      if (waited > 60_000) throw new Error("the replay does not end");
      await delay(20);
    }
    return { messages: crowd.messages, bytes: Math.round(crowd.bytes / crowd.messages) };
  } finally {
    await crowd.close();
  }
}

/** Messages per second to all clients together. */
async function once(
  server: ServerProcess,
  clients: number,
  ask: string,
  messages: number,
): Promise<number> {
  const crowd = await Crowd.connect(server.port, clients);
  try {
    const started = performance.now();
    await crowd.sendAll(ask);
    const ended = await crowd.waitFor(messages * clients, 120_000);
    return messages * clients / (ended - started) * 1_000;
  } finally {
    await crowd.close();
  }
}
