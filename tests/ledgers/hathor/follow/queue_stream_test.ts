import { assertEquals, assertRejects } from "@std/assert";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { EventDialect } from "../../../../src/ledgers/hathor/follow/event_dialect.ts";
import { QueueStream } from "../../../../src/ledgers/hathor/follow/queue_stream.ts";
import { until, within } from "../../../support/until.ts";
import { nodeAt } from "../support/gateway.ts";
import { networkOf } from "../support/vectors.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0, onListen: () => {} };

Deno.test("events that are larger than those before them are asked for a few at a time", async () => {
  const large = "x".repeat(4 * 1024 * 1024);
  const windows: number[] = [];
  const sockets: WebSocket[] = [];
  await using server = Deno.serve(LOCAL, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.push(socket);
    socket.onmessage = ({ data }) => {
      windows.push(JSON.parse(String(data)).window_size);
      const count = windows.length === 1 ? 17 : 1;
      for (let sent = 0; sent < count; sent++) socket.send(large);
    };
    return response;
  });
  const node = nodeAt(`http://127.0.0.1:${server.addr.port}`);
  const { signal } = new AbortController();
  const first = await QueueStream.open(node, -1, signal);
  await until("more waits than may", () => first.wasTooMuch);
  const error = await assertRejects(() => within("it has ended", first.next()), LedgerError);
  assertEquals(error.code, "remote_away");
  const second = await QueueStream.open(node, -1, signal, first);
  assertEquals((await within("one comes", second.next())).length, large.length);
  assertEquals(windows, [4_096, 16]);
  second.close();
  await until(
    "all are closed",
    () => sockets.every(({ readyState }) => readyState === WebSocket.CLOSED),
  );
});

Deno.test("a node that answers all but the socket of its events is away", async () => {
  const network = networkOf("privatenet");
  const never = Promise.withResolvers<Response>();
  await using server = Deno.serve(
    LOCAL,
    ({ url }) =>
      url.endsWith("/version") ? Response.json({ network: network.name }) : never.promise,
  );
  // What is waited for long is over soon.
  const clock: Clock = {
    now: systemClock.now,
    after: (ms, task) => systemClock.after(Math.min(ms, 50), task),
  };
  const dialect = new EventDialect({
    node: nodeAt(`http://127.0.0.1:${server.addr.port}`),
    network,
    line: "hathor",
    clock,
    next: () => Promise.resolve(0),
    vertices: () => {
      throw new Error("nothing comes");
    },
  });
  const asked = dialect.connect(new AbortController().signal);
  const error = await within("it is given up", assertRejects(() => asked, LedgerError));
  assertEquals(error.code, "remote_away");
  never.resolve(new Response());
});
