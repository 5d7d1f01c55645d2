import { assertEquals } from "@std/assert";
import { NodeDoorbell } from "../../../../src/ledgers/shared_bigchaindb/follow/node_doorbell.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until, within } from "../../../support/until.ts";

Deno.test("a doorbell that begins to be heard rings once, for what was made before", async () => {
  const left = new AbortController();
  const sockets: WebSocket[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.push(socket);
    return response;
  });
  // It stands still: nobody is woken by it.
  const clock = new FakeClock();
  const bell = new NodeDoorbell(`ws://127.0.0.1:${server.addr.port}/`, {
    ...{ clock, random: () => 0, key: undefined },
    signal: left.signal,
  });
  const listening = bell.listen();
  try {
    await within("it rings", bell.rings(1, 1_000));
    assertEquals([bell.isHeard, bell.height], [true, 0]);
    let isRung = false;
    const again = bell.rings(1, 1_000).then(() => isRung = true);
    await until("somebody waits", () => clock.waiting === 1);
    assertEquals(isRung, false);
    sockets[0]?.send(JSON.stringify({ height: 7 }));
    await within("it rings for a block", again);
    assertEquals(bell.height, 7);
  } finally {
    left.abort();
    await within("nobody listens", listening);
    await within("the server ends", server.shutdown());
  }
});
