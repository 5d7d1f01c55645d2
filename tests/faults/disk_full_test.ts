import { assertEquals, assertGreater } from "@std/assert";
import { figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { ServerProcess } from "../support/server.ts";
import { smallDiskTest } from "../support/small_disk.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

const EVENT = JSON.stringify("x".repeat(8_000));

/**
 * Kibibytes of a disk that fills up within SQLite's write-ahead log, and of one on which that has
 * been written back to the file several times before.
 */
const DISKS = [3 * 1_024, 10 * 1_024];

class Node {
  readonly server: ServerProcess;
  readonly streams: StreamsApi;
  readonly ledger: HieraChainApi;

  constructor(server: ServerProcess) {
    this.server = server;
    this.streams = new StreamsApi(server.origin("main"));
    this.ledger = new HieraChainApi(server.origin("hierachain"));
  }

  static async start(folder: string): Promise<Node> {
    return new Node(await ServerProcess.start([`--store=${folder}/ledger.db`]));
  }

  get main(): string {
    return this.server.origin("main");
  }

  async isReady(): Promise<boolean> {
    const { status, body } = await new HieraChainApi(this.main).get("/readyz");
    if (status === 503) {
      assertEquals(
        body.checks.store,
        "appends fail: The store has no room left: database or disk is full",
      );
    }
    return status === 200;
  }

  /** Appends until there is no room; returns how many the server took. */
  async fill(): Promise<number> {
    for (let taken = 0;; taken++) {
      const { status, text } = await this.streams.send("POST", "s", { body: EVENT });
      if (status === 204) continue;
      assertEquals([status, JSON.parse(text).code], [507, "store_full"]);
      return taken;
    }
  }
}

for (const size of DISKS) {
  smallDiskTest(
    `a disk of ${size} KiB that is full: appends are told, all else goes on, and it passes`,
    size,
    async (disk) => {
      let node = await Node.start(disk.folder);
      try {
        await node.ledger.create("c");
        await node.streams.create("s");
        const live = await streamSocket(node.main, "s");
        const follower = await ClientSocket.open(node.ledger.origin);
        follower.send({ action: "subscribe", chain_name: "c", from: "earliest" });
        const taken = await node.fill();
        assertGreater(taken, 50);
        figure("events taken", taken);

        const event = { entity_id: "E", event_type: "t", details: { text: "x".repeat(8_000) } };
        const refused = await node.ledger.post("/api/ledger/chains/c/events", event);
        assertEquals([refused.status, refused.body], [507, {
          error: "HTTP error",
          message: "The store has no room left: database or disk is full",
          status_code: 507,
          code: "store_full",
        }]);
        assertEquals(await node.isReady(), false);
        live.send(`{"type":"append","ref":1}\n${EVENT}`);
        const [answer] = await live.count("refused", 1);
        assertEquals([answer.status, answer.code], [507, "store_full"]);
        await assertHeld(node, taken);
        await until("the follower has all", () => dataOf(live).length === taken);
        await follower.count("caught_up", 1);

        // It is the same for one that is killed there, and started without room.
        await node.server.kill();
        node = await Node.start(disk.folder);
        await assertHeld(node, taken);
        assertEquals((await node.streams.send("POST", "s", { body: EVENT })).status, 507);
        assertEquals(await node.isReady(), false);

        const again = await streamSocket(node.main, "s", "?offset=now");
        await caughtUp(again);
        await disk.resize(size + 4_096);
        await until("it is ready by itself", () => node.isReady());
        assertEquals((await node.streams.send("POST", "s", { body: EVENT })).status, 204);
        await node.ledger.append("c", event);
        await until("it is heard", () => dataOf(again).length === 1);
        await assertHeld(node, taken + 1);
        const { code } = await node.server.stop();
        assertEquals(code, 0);
        await assertWhole(`${disk.folder}/ledger.db`);
      } finally {
        await node.server.kill();
      }
    },
  );
}

/** A reader from the beginning gets every event that was taken, and no other. */
async function assertHeld(node: Node, taken: number): Promise<void> {
  const reader = await streamSocket(node.main, "s");
  await caughtUp(reader);
  assertEquals(dataOf(reader).length, taken);
  await reader.close();
  const { status } = await node.ledger.get("/api/ledger/chains/c/blocks");
  assertEquals(status, 200);
}
