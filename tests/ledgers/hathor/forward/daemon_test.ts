import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { until } from "../../../support/until.ts";
import { ack, EVENT_PATH, eventMessage, range, start } from "../support/event_client.ts";
import { type Pair, withPair } from "../support/gateway_pair.ts";
import { HathorApi, mineTo } from "../support/hathor_api.ts";

const MINER = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

/** What a wallet service keeps: where it is, and who the node was that it began with. */
class Daemon {
  readonly #origin: string;
  readonly texts: string[] = [];
  readonly #nodes = new Set<string>();
  #acked: number | null = null;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The node has to be the same for ever. */
  get nodes(): number {
    return this.#nodes.size;
  }

  /** Reads up to an event, one after another, each of which it acknowledges. */
  async readTo(last: number): Promise<void> {
    const socket = await ClientSocket.open(this.#origin, EVENT_PATH);
    socket.send(start(1, this.#acked));
    let read = 0;
    while ((this.#acked ?? -1) < last) {
      const told = eventMessage.parse(await socket.next());
      const text = socket.texts[read++] ?? "";
      this.texts.push(text.slice(text.indexOf('"event":'), text.lastIndexOf(',"latest_event_id"')));
      this.#nodes.add(`${told.peer_id} ${told.stream_id} ${told.network}`);
      this.#acked = told.event.id;
      if (this.#acked < last) socket.send(ack(this.#acked, 1));
    }
    await socket.close();
  }
}

/** Id of the node's last event, once the gateway has it. */
async function lastOf(pair: Pair): Promise<number> {
  const [node, gateway] = [new HathorApi(pair.nodeOrigin), new HathorApi(pair.origin)];
  return await until("the gateway has all events", async () => {
    const [there, here] = await Promise.all(
      [node, gateway].map((api) => api.get("/v1a/event?size=1")),
    );
    return there.latest_event_id === here.latest_event_id && there.latest_event_id;
  });
}

Deno.test("a daemon at a gateway is told each of the node's events once, while both are killed", async () => {
  await withPair(async (pair) => {
    const [gateway, node] = [new HathorApi(pair.origin), new HathorApi(pair.nodeOrigin)];
    const daemon = new Daemon(pair.origin);
    for (const killed of ["gateway", "node", "gateway"]) {
      for (let block = 0; block < 3; block++) await mineTo(gateway, MINER);
      const last = await lastOf(pair);
      // It is behind when that happens, and when it comes back.
      await daemon.readTo(last - 4);
      await pair.tell(`kill-${killed}`);
      if (killed === "gateway") await mineTo(node, MINER);
      else await daemon.readTo(last);
      await pair.tell(`start-${killed}`);
      await daemon.readTo(await lastOf(pair));
    }
    const atNode = new Daemon(pair.nodeOrigin);
    await atNode.readTo(await lastOf(pair));
    assertEquals(daemon.texts, atNode.texts);
    assertEquals([daemon.nodes, atNode.nodes], [1, 1]);
    const ids = daemon.texts.map((text) => Number(/"id":(\d+)/.exec(text)?.[1]));
    assertEquals(ids, range(0, ids.length - 1));
  });
});
