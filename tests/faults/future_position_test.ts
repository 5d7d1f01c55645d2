import { assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";
import { handshakeStatus } from "../support/raw_socket.ts";

/** Times and ids that are still to come: a reader who began there would be given what is before. */
const AHEAD = ["2099-01-01", "2099-01-01T00:00:00Z", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"];

Deno.test("no ledger's stream begins at a time that is still to come", async () => {
  await withServer(async ({ main, native, api }) => {
    await api.create("supply");
    for (const from of AHEAD) {
      const socket = await ClientSocket.open(native, "/ws");
      const told = await socket.ask({ action: "subscribe", chain_name: "supply", from });
      assertEquals([from, told.type], [from, "error"]);
      socket.close();
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
