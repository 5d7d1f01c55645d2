import { assert, assertEquals } from "@std/assert";
import { SOCKET_HIGH_WATER } from "../../../../src/kernel/limits.ts";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { MiningRelay } from "../../../../src/ledgers/hathor/forward/mining_relay.ts";
import type { RemoteNode } from "../../../../src/ledgers/hathor/follow/remote_node.ts";
import { Session } from "../../../../src/sockets/session.ts";
import { startLedgerline } from "../../../../main.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { KeysApi } from "../../../support/keys_api.ts";
import { freePort } from "../../../support/ports.ts";
import { FakeTransport } from "../../../support/fake_transport.ts";
import { until, within } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";
import { followFlag, nodeAt, withGateway } from "../support/gateway.ts";
import { MinerClient, withHathor } from "../support/hathor_api.ts";
import { mineFirst } from "../support/miner_blocks.ts";
import { mined } from "../support/template_blocks.ts";

for (const path of ["/v1a/mining_ws", "/v1a/mining", "/mining_ws"]) {
  Deno.test(`a miner at ${path} of the gateway mines for the node`, async () => {
    await withGateway(async (gateway, node) => {
      const miner = await MinerClient.open(gateway.origin, path);
      await mineFirst(miner, 5);
      const { result } = await miner.ask("fresh", "mining.refresh");
      assertEquals(result[0].height, 6);
      assertEquals((await node.get("/v1a/status")).dag.best_block.height, 5);
      await miner.close();
    });
  });
}

/** Opens a socket of miners with a key, and says what it is told. */
async function keyedMiner(origin: string, key: string) {
  const told: { id: unknown; method?: string; error?: { code: number }; result?: unknown }[] = [];
  const headers = { authorization: `Bearer ${key}` };
  const take = (text: string) => void told.push(JSON.parse(text));
  const socket = await WsClient.open(origin, take, headers, "/v1a/mining_ws");
  await until("a template", () => told.length > 0);
  return { socket, told };
}

Deno.test("a key that may only read is told templates, and submits nothing to the node", async () => {
  await withGateway(async (gateway, node, main) => {
    const chains = ["hathor/*"];
    const { key } = await new KeysApi(main, "secret").make({ scopes: ["read"], chains });
    const { socket, told } = await keyedMiner(gateway.origin, key);
    const { params: [template] } = JSON.parse(JSON.stringify(told[0]));
    const hexdata = mined(template);
    const submits = [
      { id: "a", method: "mining.submit", params: [hexdata] },
      { id: "b", method: "mining_submit", params: { hexdata } },
      [{ id: "c", method: "mining.refresh" }, {
        id: "d",
        method: "mining.submit",
        params: [hexdata],
      }],
      { id: "e", method: 7 },
    ];
    for (const submit of submits) socket.send(submit);
    socket.sendAsIs("{");
    socket.send({ id: "f", method: "mining.refresh" });
    await until("the last is answered", () => told.some(({ id }) => id === "f"));
    assertEquals(
      told.slice(1).map(({ id, error }) => [id, error?.code]),
      [["a", -32001], ["b", -32001], ["c", -32001], ["d", -32001], ["e", -32001], [null, -32001], [
        "f",
        undefined,
      ]],
    );
    assertEquals((await node.get("/v1a/status")).dag.best_block.height, 0);
    const other = await keyedMiner(gateway.origin, "secret");
    other.socket.send({ id: "g", method: "mining.submit", params: [hexdata] });
    await until("it is taken", () => other.told.some(({ result }) => result === true));
    await Promise.all([socket.close(), other.socket.close()]);
  }, { gateway: ["--api-keys=secret"] });
});

Deno.test("where the node goes away a miner is asked to come back, and can once it is there", async () => {
  const port = freePort();
  const start = () =>
    startLedgerline({ settings: { "hathor-port": `${port}`, "hathor-mine": "off" } });
  await withHathor(async (gateway) => {
    const endsWith1013 = async () => {
      const miner = await WsClient.open(gateway.origin, () => {}, {}, "/v1a/mining_ws");
      await within("the socket is closed", miner.closed);
      assertEquals(miner.code, 1013);
    };
    await endsWith1013();
    const node = await start();
    const { told, socket } = await keyedMiner(gateway.origin, "none");
    assertEquals(told[0]?.method, "mining.notify");
    await node.stop();
    await within("the socket is closed", socket.closed);
    assertEquals(socket.code, 1013);
    await endsWith1013();
    await using _node = await start();
    const again = await keyedMiner(gateway.origin, "none");
    await again.socket.close();
  }, { flags: [followFlag(`http://127.0.0.1:${port}`)] });
});

function relayOf(session: Session, node: RemoteNode, clock: Clock): MiningRelay {
  const open = () => node.socket("/mining_ws");
  return new MiningRelay(session, { open, clock, maySubmit: () => true });
}

/** A relay to a node that says what the test says, for a miner that reads when the test says so. */
async function withRelay(
  body: (relayed: {
    readonly node: WebSocket;
    readonly transport: FakeTransport;
    readonly heard: string[];
    readonly session: Session;
  }) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  const opened = Promise.withResolvers<WebSocket>();
  const heard: string[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => opened.resolve(socket);
    socket.onmessage = ({ data }) => heard.push(data);
    return response;
  });
  const transport = new FakeTransport();
  const session = new Session(transport, clock, { closed: () => {} });
  const remote = nodeAt(`http://127.0.0.1:${server.addr.port}`);
  session.open(relayOf(session, remote, clock));
  const node = await within("the node's socket is open", opened.promise);
  await body({ node, transport, heard, session });
  session.peerClosed();
  await until("the node's socket is closed", () => node.readyState === WebSocket.CLOSED);
}

const notice = (height: number) =>
  `{"id": null, "method": "mining.notify", "params": [{"height": ${height}}]}`;

Deno.test("a slow miner is told the last template, and every answer, in order", async () => {
  await withRelay(async ({ node, transport, session, heard }) => {
    session.receive('{"id":"1"}');
    await until("the node hears it", () => heard.length === 1);
    transport.isReading = false;
    transport.buffered = SOCKET_HIGH_WATER;
    for (let height = 1; height <= 50; height++) {
      node.send(notice(height));
      if (height % 25 === 0) node.send(`{"id":"${height}","error":null,"result":true}`);
    }
    node.send('{"id":"end"}');
    // What comes later on the same connection comes after all of it.
    const told = () => transport.sent.map((text) => JSON.parse(text));
    await until("all of it has come", () => {
      transport.take();
      return told().some(({ id }) => id === "end");
    });
    const answers = told().filter(({ id }) => id !== null).map(({ id }) => id);
    assertEquals(answers, ["25", "50", "end"]);
    const heights = told().filter(({ id }) => id === null).map(({ params }) => params[0].height);
    assertEquals(heights.at(-1), 50);
    assertEquals(heights, heights.toSorted((a, b) => a - b));
  });
});

Deno.test("a miner that reads nothing is cut when a megabyte waits for it", async () => {
  await withRelay(async ({ node, transport }) => {
    transport.isReading = false;
    transport.buffered = SOCKET_HIGH_WATER;
    const answer = `{"id":"1","result":"${"x".repeat(60_000)}"}`;
    for (let sent = 0; sent < 20; sent++) node.send(answer);
    await until("it is cut", () => transport.closed !== undefined);
    assertEquals(transport.closed?.code, 4000);
    assert(transport.sent.length <= 1);
  });
});

Deno.test("a node that is silent is asked whether it is there, and given up where it does not answer", async () => {
  const clock = new FakeClock(0);
  await withRelay(async ({ node, transport, heard }) => {
    const pass = async (seen: number) => {
      clock.advance(20_000);
      await until("the node hears it", () => heard.length === seen);
    };
    node.send(notice(1));
    await until("it is told", () => transport.sent.length === 1);
    await pass(0);
    await pass(1);
    const { id, method } = JSON.parse(heard[0] ?? "");
    assertEquals(method, "mining.refresh");
    node.send(JSON.stringify({ id, error: null, result: [] }));
    node.send(notice(2));
    await until("it is told", () => transport.sent.length === 2);
    assertEquals(JSON.parse(transport.sent[1] ?? "").method, "mining.notify");
    await pass(1);
    await pass(2);
    assertEquals(transport.closed, undefined);
    await pass(2);
    assertEquals(transport.closed?.code, 1013);
  }, clock);
});

Deno.test("a miner is not told the answer to what it did not ask, however late that comes", async () => {
  const clock = new FakeClock(0);
  await withRelay(async ({ node, transport, heard }) => {
    const tell = async (height: number) => {
      node.send(notice(height));
      await until("it is told", () => transport.sent.at(-1) === notice(height));
    };
    await tell(1);
    clock.advance(20_000);
    clock.advance(20_000);
    await until("the node is asked", () => heard.length === 1);
    await tell(2);
    clock.advance(20_000);
    node.send(JSON.stringify({ id: JSON.parse(heard[0] ?? "").id, error: null, result: [] }));
    await tell(3);
    assertEquals(transport.sent, [notice(1), notice(2), notice(3)]);
  }, clock);
});

Deno.test("a node that does not open its socket in time is as good as away", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock(0);
  const transport = new FakeTransport();
  const session = new Session(transport, clock, { closed: () => {} });
  session.open(relayOf(session, nodeAt(`http://127.0.0.1:${silent.addr.port}`), clock));
  const connection = await silent.accept();
  clock.advance(9_999);
  assertEquals(transport.closed, undefined);
  clock.advance(1);
  assertEquals(transport.closed?.code, 1013);
  connection.close();
});
