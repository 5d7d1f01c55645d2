import { inTurns } from "../pairs.ts";
import { type ServerProcess, withOurs, withServers } from "../processes.ts";
import { closedLoop } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";
import { BIGCHAINDB, TransactionMaker } from "../transactions.ts";
import { post } from "../events.ts";

const STREAM = `${BIGCHAINDB}/streams/valid_transactions`;

/** Clients that post at once, where it is not about them. */
const POSTERS = 64;

/** Bytes of a message of the stream: the height may have more digits. */
const MESSAGE_BYTES = 182;

/**
 * Transactions accepted over HTTP: parsed, hashed, their signatures verified, checked against the
 * state, committed and answered. The ceiling is verifying the signatures and nothing else.
 */
function accepted(connections: number): Scenario {
  return {
    name: `bigchaindb-post-${connections}`,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withServers(async (ours, bare) => {
        const count = quick ? 300 : connections === 1 ? 2_000 : 10_000;
        const maker = new TransactionMaker();
        const run = (requests: readonly Uint8Array[]) =>
          closedLoop(ours.main, connections, requests, { requests: requests.length });
        await run(maker.requests(Math.ceil(count / 4)));
        const batches = Array.from({ length: pairs }, () => maker.requests(count));
        const paired = await inTurns(pairs, {
          run: () => run(batches.pop() ?? []),
          pid: ours.pid,
        }, () => Promise.resolve(maker.verifications(quick ? 0.2 : 1)));
        const [request] = maker.requests(1);
        const body = new TextDecoder().decode(request).split("\r\n\r\n")[1] ?? "";
        const http = await closedLoop(bare.port, connections, [post("/read", body)], {
          seconds: quick ? 0.2 : 1,
        });
        return [{
          scenario: `bigchaindb-post-${connections}`,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `ceiling: signatures verified; HTTP alone ${rate(http)}; ${paired.cpu}`,
        }];
      }),
  };
}

const encoder = new TextEncoder();

/** Words of a document that is one of text. */
const WORDS = 100;

/** Posts documents of a hundred words, beside a server that does not find them by their words. */
const indexed: Scenario = {
  name: "bigchaindb-words-64",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withOurs([], (ours) =>
      withOurs(["--bigchaindb-text-search=false"], async (without) => {
        const count = quick ? 200 : 3_000;
        const maker = new TransactionMaker();
        const run = ({ main }: ServerProcess) =>
          closedLoop(main, POSTERS, maker.requests(count, WORDS), { requests: count });
        for (const server of [ours, without]) await run(server);
        const paired = await inTurns(
          pairs,
          { run: () => run(ours), pid: ours.pid },
          () => run(without),
        );
        return [{
          scenario: "bigchaindb-words-64",
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `${WORDS} words each; ceiling: the same without text search; ${paired.cpu}`,
        }];
      })),
};

/** Pages of ten of a word that is in nearly all documents, beside one document by its id. */
const searched: Scenario = {
  name: "bigchaindb-search-1",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withOurs([], async (ours) => {
      const count = quick ? 500 : 10_000;
      const maker = new TransactionMaker();
      const requests = maker.requests(count, WORDS);
      await closedLoop(ours.main, POSTERS, requests, { requests: count });
      const api = `http://127.0.0.1:${ours.main}${BIGCHAINDB}`;
      const [hit] = await (await fetch(`${api}/assets?search=word0x&limit=1`)).json();
      const run = (path: string) =>
        closedLoop(ours.main, 1, [
          encoder.encode(`GET ${BIGCHAINDB}${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
        ], { seconds: quick ? 0.2 : 2 });
      const search = () => run("/assets?search=word0x&limit=10");
      const paired = await inTurns(
        pairs,
        { run: search, pid: ours.pid },
        () => run(`/transactions/${hit.id}`),
      );
      return [{
        scenario: "bigchaindb-search-1",
        ours: rate(paired.ours),
        ceiling: rate(paired.ceiling),
        ratio: paired.ratio,
        each: paired.each,
        note: `the best 10 of ${count} documents of ${WORDS} words; ceiling: one by its id`,
      }];
    }),
};

/** Messages delivered while transactions are posted and committed, beside bare sends of such. */
function live(clients: number): Scenario {
  return {
    name: `bigchaindb-stream-${clients}`,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withServers(async (ours, bare) => {
        const count = quick ? 300 : 3_000;
        const maker = new TransactionMaker();
        const batches = Array.from({ length: pairs + 1 }, () => maker.requests(count));
        const run = () => deliver(ours, clients, batches.pop() ?? []);
        await run();
        const paired = await inTurns(
          pairs,
          { run, pid: ours.pid },
          () => bareFan(bare, clients, count),
        );
        return [{
          scenario: `bigchaindb-stream-${clients}`,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `with ${rate(paired.ours / clients)} of transactions posted by ${POSTERS} ` +
            `clients meanwhile; ${paired.cpu}`,
        }];
      }),
  };
}

/** Messages delivered a second, from the first post to the last message of the last client. */
async function deliver(
  { main }: ServerProcess,
  clients: number,
  requests: readonly Uint8Array[],
): Promise<number> {
  const crowd = await Crowd.connect(main, clients, { path: STREAM });
  try {
    const started = performance.now();
    const total = clients * requests.length;
    const [ended] = await Promise.all([
      crowd.waitFor(total),
      closedLoop(main, POSTERS, requests, { requests: requests.length }),
    ]);
    return total / (ended - started) * 1_000;
  } finally {
    await crowd.close();
  }
}

async function bareFan(bare: ServerProcess, clients: number, count: number): Promise<number> {
  const crowd = await Crowd.connect(bare.port, clients);
  try {
    const started = performance.now();
    const fan = [post(`/fan?count=${count}&bytes=${MESSAGE_BYTES}`)];
    const [ended] = await Promise.all([
      crowd.waitFor(clients * count),
      closedLoop(bare.port, 1, fan, { requests: 1 }),
    ]);
    return clients * count / (ended - started) * 1_000;
  } finally {
    await crowd.close();
  }
}

/** The whole stream from its first block, beside bare sends of such messages. */
function replay(clients: number): Scenario {
  return {
    name: `bigchaindb-replay-${clients}`,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withServers(async (ours, bare) => {
        const count = quick ? 300 : 5_000;
        const requests = new TransactionMaker().requests(count);
        await closedLoop(ours.main, POSTERS, requests, { requests: count });
        let bytes = 0;
        const run = async () => {
          const started = performance.now();
          const path = `${STREAM}?from_height=1`;
          const crowd = await Crowd.connect(ours.main, clients, { path });
          try {
            const ended = await crowd.waitFor(clients * count);
            bytes = Math.round(crowd.bytes / clients / count);
            return clients * count / (ended - started) * 1_000;
          } finally {
            await crowd.close();
          }
        };
        await run();
        const paired = await inTurns(
          pairs,
          { run, pid: ours.pid },
          () => bareReplay(bare, clients, count, bytes),
        );
        return [{
          scenario: `bigchaindb-replay-${clients}`,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `${bytes} B a message; ${paired.cpu}`,
        }];
      }),
  };
}

async function bareReplay(
  bare: ServerProcess,
  clients: number,
  count: number,
  bytes: number,
): Promise<number> {
  const started = performance.now();
  const crowd = await Crowd.connect(bare.port, clients);
  try {
    await crowd.sendAll(`replay ${count} ${bytes}`);
    return clients * count / (await crowd.waitFor(clients * count) - started) * 1_000;
  } finally {
    await crowd.close();
  }
}

export const bigchaindb: readonly Scenario[] = [
  ...[1, 64].map(accepted),
  indexed,
  searched,
  ...[1, 100].map(live),
  replay(10),
];
