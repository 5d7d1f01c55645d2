import { assertEquals } from "@std/assert";
import type { Edge } from "../../../src/server/edge/edge.ts";
import { EDGES, RawConnection } from "../../support/edges.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withServer } from "../../support/in_process.ts";
import { metric, metrics } from "../../support/metrics.ts";
import { handshake, sendText } from "../../support/raw_socket.ts";
import { withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until, within } from "../../support/until.ts";

/** More than the system's own buffers take for a client that never reads. */
const EVENTS = 40;
const BATCH = 90;
const EVENT_BYTES = 6 * 1_024;

const portOf = (origin: string) => Number(new URL(origin).port);

async function fill(origin: string): Promise<void> {
  const api = new HieraChainApi(origin);
  await api.create("c");
  const details = { text: "x".repeat(EVENT_BYTES) };
  const batch = Array.from(
    { length: BATCH },
    (_, at) => ({ entity_id: `E-${at}`, event_type: "t", details }),
  );
  for (let count = 0; count < EVENTS; count++) {
    await api.post("/api/ledger/chains/c/events/batch", JSON.stringify(batch));
  }
}

/** How a connection that its client has not read ends: what was sent is there, or lost with a reset. */
async function ends(connection: Deno.TcpConn): Promise<"end" | "reset"> {
  const buffer = new Uint8Array(1_000_000);
  try {
    while (await connection.read(buffer) !== null) { /* what was sent before */ }
    return "end";
  } catch {
    return "reset";
  }
}

Deno.test("sockets that never read are reset, eight times over, and none of them stays", async () => {
  const args = ["--store=:memory:", "--max-connections=3", "--slow-client-seconds=1"];
  await withProcess(args, async (server) => {
    const origin = server.origin("hierachain");
    const main = server.origin("main");
    await fill(origin);
    const all: Deno.TcpConn[] = [];
    for (let round = 1; round <= 8; round++) {
      const isFree = async () => {
        const { connection, status } = await handshake(origin, "/ws");
        connection.close();
        return status === 101;
      };
      await until("a place", isFree);
      for (let place = 0; place < 3; place++) {
        const opened = await until("a place", async () => {
          const { connection, status } = await handshake(origin, "/ws");
          if (status === 101) return connection;
          connection.close();
          return false;
        });
        all.push(opened);
        await sendText(opened, '{"action":"subscribe","chain_name":"c","from":"earliest"}');
      }
      await until("they are let go", async () => {
        const closed = 'ledger_socket_closed_total{ledger="hierachain",reason="too_slow"}';
        return await metric(main, closed) === 3 * round;
      });
      await until("their connections are gone", async () => {
        return await metric(main, "ledger_connections") <= 2;
      });
    }
    for (const connection of all) {
      assertEquals(await within("its end", ends(connection)), "reset");
      connection.close();
    }
    assertEquals(all.length, 24);
  });
});

Deno.test("answers and event streams that nobody reads are reset as well, and counted until then", async () => {
  const args = ["--store=:memory:", "--max-connections=20", "--slow-client-seconds=1"];
  await withProcess(args, async (server) => {
    const main = server.origin("main");
    const streams = new StreamsApi(main);
    await streams.send("PUT", "s", { headers: { "content-type": "text/plain" } });
    const part = "x".repeat(600_000);
    for (let count = 0; count < 20; count++) {
      await streams.send("POST", "s", { headers: { "content-type": "text/plain" }, body: part });
    }
    const ask = async (path: string, times: number) => {
      const connection = await RawConnection.open(portOf(main));
      await connection.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(times));
      return connection.tcp;
    };
    const stalled = await Promise.all([
      ...Array.from({ length: 5 }, () => ask("/v1/stream/s?offset=-1&live=sse", 1)),
      ...Array.from({ length: 5 }, () => ask("/v1/stream/s?offset=-1", 60)),
    ]);
    const names = ["ledger_connections", 'ledger_connections_cut_total{reason="stalled"}'] as const;
    // The first of them may be gone before the last is there.
    await until("they are held, or are gone", async () => {
      const [held, cut] = await metrics(main, names);
      return held + cut >= 10;
    });
    await until("they are gone", async () => {
      const [held, cut] = await metrics(main, names);
      return held <= 2 && cut === 10;
    });
    assertEquals(await metric(main, 'ledger_requests_held{ledger="streams"}'), 0);
    for (const connection of stalled) {
      assertEquals(await within("its end", ends(connection)), "reset");
      connection.close();
    }
  });
});

for (const edge of EDGES) {
  Deno.test(`${edge}: an event stream whose client leaves gives its place back`, async () => {
    await leavesPlace(edge, "sse");
  });
}

Deno.test("a long poll whose client leaves gives its place back", async () => {
  await leavesPlace("node", "long-poll");
});

async function leavesPlace(edge: Edge, live: string): Promise<void> {
  await withServer(async ({ main }) => {
    await new StreamsApi(main).create("s");
    const held = () => metric(main, 'ledger_requests_held{ledger="streams"}');
    for (let round = 0; round < 3; round++) {
      const connection = await RawConnection.open(portOf(main));
      await connection.write(
        `GET /v1/stream/s?offset=now&live=${live} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
      );
      await until("it is held", async () => await held() === 1);
      connection.close();
      await until("its place is free", async () => await held() === 0);
    }
    // Nothing ends by itself: this clock stands still.
  }, { flags: [`--edge=${edge}`], clock: new FakeClock() });
}

Deno.test("requests that wait on a connection which then becomes a socket end with it", async () => {
  const args = ["--store=:memory:", "--streams-long-poll-seconds=300"];
  await withProcess(args, async (server) => {
    const main = server.origin("main");
    await new StreamsApi(main).create("s");
    const held = () => metric(main, 'ledger_requests_held{ledger="streams"}');
    const connection = await RawConnection.open(portOf(main));
    const host = `host: ${new URL(main).host}\r\n`;
    const poll = `GET /v1/stream/s?offset=now&live=long-poll HTTP/1.1\r\n${host}\r\n`;
    await connection.write(poll.repeat(2));
    await until("they wait", async () => await held() === 2);
    await connection.write(
      `GET /hierachain/ws HTTP/1.1\r\n${host}upgrade: websocket\r\nconnection: upgrade\r\n` +
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n",
    );
    await until("it is a socket, or was refused", async () => {
      return await metric(main, 'ledger_sockets{ledger="hierachain"}') === 1 ||
        await held() === 0;
    });
    connection.close();
    await until("nobody waits", async () => await held() === 0);
  });
});
