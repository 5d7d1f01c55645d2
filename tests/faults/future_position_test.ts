import { assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { handshakeStatus } from "../support/raw_socket.ts";

/** Times and ids that are still to come: a reader who began there would be given what is before. */
const AHEAD = ["2099-01-01", "2099-01-01T00:00:00Z", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"];

Deno.test("no ledger's stream begins at a time that is still to come", async () => {
  await withServer(async ({ main, api }) => {
    await api.create("supply");
    for (const from of AHEAD) {
      const offset = encodeURIComponent(from);
      for (const ledger of ["bigchaindb", "planetmint"]) {
        const path = `/${ledger}/api/v1/streams/valid_transactions`;
        assertEquals(await handshakeStatus(main, `${path}?offset=${offset}`), 400);
        assertEquals(await handshakeStatus(main, `${path}?offset=2020-01-01`), 101);
      }
      for (const name of ["since", "after"]) {
        const query = `${name}=${offset}`;
        assertEquals(await handshakeStatus(main, `/v1/stream/hierachain/supply?${query}`), 400);
      }
    }
  });
});

Deno.test("a subscription from a time that is still to come waits for it", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native, "/ws");
    const from = "2026-01-01T00:01:00Z";
    for (const filter of [{}, { event_type: "t" }]) {
      socket.send({ action: "subscribe", chain_name: "c", from, ...filter });
    }
    await socket.count("caught_up", 2);
    await api.append("c", { entity_id: "early", event_type: "t" });
    clock.advance(60_000);
    await api.append("c", { entity_id: "late", event_type: "t" });
    const [first] = await socket.count("new_event", 1);
    assertEquals(first?.data.entity_id, "late");
    await socket.close();
  }, { clock });
});
