import { assert, assertEquals } from "@std/assert";
import { failingDiskTest } from "../support/failing_disk.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { untilReady } from "../support/ready.ts";
import { withProcess } from "../support/server.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

failingDiskTest(
  "a disk that fails to write, or to sync: appends are told to come back, reading goes on, and it passes",
  async (disk) => {
    const store = `${disk.folder}/ledger.db`;
    await withProcess([`--store=${store}`], async (server) => {
      const main = server.origin("main");
      const streams = new StreamsApi(main);
      const api = new HieraChainApi(main);
      const ledger = new HieraChainApi(server.origin("hierachain"));
      await streams.create("s");
      await ledger.create("c");
      await streams.append("s", "before");
      const reader = await streamSocket(main, "s");
      await caughtUp(reader);
      let next = 0;
      for (const what of ["write", "sync"] as const) {
        const headers = {
          "producer-id": "p",
          "producer-epoch": "0",
          "producer-seq": String(next++),
        };
        const send = () => streams.send("POST", "s", { headers, body: JSON.stringify(what) });
        await disk.fail(what);
        const [appended, other] = await Promise.all([
          send(),
          ledger.post("/api/ledger/chains/c/events", { entity_id: "E", event_type: "t" }),
        ]);
        assertEquals(
          [appended.status, JSON.parse(appended.text).code],
          [503, "store_unavailable"],
        );
        assertEquals([other.status, other.body.code], [503, "store_unavailable"]);
        assertEquals((await api.get("/readyz")).status, 503);
        assertEquals((await streams.get("s")).status, 200);
        await disk.mend(what);
        await untilReady(main);
        assert([200, 204].includes((await send()).status));
      }
      await until("the reader has all", () => dataOf(reader).length === 3);
      assertEquals(dataOf(reader), ["before", "write", "sync"]);
      await reader.close();
      assertEquals((await server.stop()).code, 0);
    }, disk.env);
    await assertWhole(store);
  },
);
