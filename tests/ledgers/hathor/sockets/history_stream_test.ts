import { assert, assertEquals } from "@std/assert";
import { parseXpub } from "../../../../src/crypto/hd_public_key.ts";
import { addressAt } from "../../../../src/ledgers/hathor/networks/address.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { Prng } from "../../../support/prng.ts";
import { until } from "../../../support/until.ts";
import { XPUB } from "../support/admin_client.ts";
import { SocketWorld } from "../support/socket_world.ts";

function withWorld(body: (world: SocketWorld) => Promise<void>): Promise<void> {
  return SocketWorld.run(body, { clock: new FakeClock() });
}

function addressesOf({ node: { network } }: SocketWorld, count: number): string[] {
  const key = parseXpub(XPUB);
  assert(key !== undefined);
  return Array.from({ length: count }, (_, index) => addressAt(network, key, index));
}

async function connect({ origin }: SocketWorld): Promise<ClientSocket> {
  const socket = await ClientSocket.open(origin, "/v1a/ws/");
  await socket.next();
  return socket;
}

function ofKey(id: string, more: object = {}) {
  return { type: "request:history:xpub", id, xpub: XPUB, "gap-limit": 3, ...more };
}

function manual(id: string, addresses: readonly [number, string][], more: object = {}) {
  return { type: "request:history:manual", id, addresses, "gap-limit": 3, ...more };
}

function ack(id: string, seq: number, more: object = {}) {
  return { type: "request:history:ack", id, ack: seq, ...more };
}

/** The messages of a stream, each as few words. */
function told(socket: ClientSocket): string[] {
  return socket.told.filter(({ type }) => type.startsWith("stream:history:")).map((message) => {
    const { type, seq, index, data, errmsg } = message;
    const what = type.slice("stream:history:".length);
    return [seq, what, index, data?.tx_id.slice(0, 8), errmsg].filter((part) => part !== undefined)
      .join(" ");
  });
}

async function tells(socket: ClientSocket, last: string): Promise<string[]> {
  return await until(last, () => told(socket).at(-1) === last ? told(socket) : undefined);
}

/** The error that a message is answered with; every earlier one is handled by then. */
async function errorOf(socket: ClientSocket, message: unknown): Promise<string> {
  const errors = () => socket.of("stream:history:error");
  const before = errors().length;
  socket.send(message);
  await until("an error", () => errors().length > before);
  return errors().at(-1).errmsg;
}

/** Waits until what was sent is handled. */
async function settle(socket: ClientSocket): Promise<void> {
  const before = socket.pongs().length;
  socket.send({ type: "ping" });
  await until("a pong", () => socket.pongs().length > before);
}

Deno.test("a key's history is told address by address, and ends after as many empty ones", async () => {
  await withWorld(async (world) => {
    const [zero = "", , two = ""] = addressesOf(world, 3);
    const blocks = [await world.mineTo(zero), await world.mineTo(two), await world.mineTo(zero)];
    const [first, second, third] = blocks.map(({ hash }) => hash.slice(0, 8));
    const socket = await connect(world);
    socket.send(ofKey("x1", { "first-index": 0 }));
    assertEquals(await tells(socket, "10 end"), [
      "0 begin",
      "1 address 0",
      `2 vertex ${first}`,
      `3 vertex ${third}`,
      "4 address 1",
      "5 address 2",
      `6 vertex ${second}`,
      "7 address 3",
      "8 address 4",
      "9 address 5",
      "10 end",
    ]);
    const [, begin, address, vertex] = socket.texts;
    assertEquals(begin, '{"type":"stream:history:begin","id":"x1","seq":0,"window_size":null}');
    assertEquals(
      address,
      `{"type":"stream:history:address","id":"x1","seq":1,"index":0,"address":"${zero}",` +
        '"subscribed":true}',
    );
    assert(
      vertex?.startsWith('{"type":"stream:history:vertex","id":"x1","seq":2,"data":{"tx_id":'),
    );
    // What it has told of it goes on to tell of.
    const live = await world.mineTo(two);
    await until("the block", () => socket.of("wallet:address_history").length === 2);
    assertEquals(socket.of("wallet:address_history")[0].history.tx_id, live.hash);
    await socket.close();
  });
});

Deno.test("a stream stays open until its end is acknowledged, and is guarded until then", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    socket.send(ofKey("x1"));
    await tells(socket, "4 end");
    for (
      const [message, error] of [
        [ofKey("x2"), "Streaming is already opened."],
        [ack("nope", 1), "Current stream has a different id."],
        [{ ...ack("x1", 0), ack: "a" }, "Invalid ack."],
        [{ type: "request:history:ack", id: "x1", window: "a" }, "Invalid window."],
        [{ type: "request:history:stop", id: "nope" }, "Current stream has a different id."],
      ] as const
    ) assertEquals(await errorOf(socket, message), error);
    socket.send(ack("x1", 2));
    socket.send(ack("x1", 2));
    socket.send(ack("x1", 4));
    assertEquals(await errorOf(socket, ack("x1", 4)), "No streaming opened.");
    socket.send(ofKey("x3", { "first-index": 5, "gap-limit": 1 }));
    await tells(socket, "2 end");
    socket.send({ type: "request:history:stop", id: "x3" });
    assertEquals(
      await errorOf(socket, ofKey("x5", { "gap-limit": 1e20 })),
      "GAP limit is too big. Maximum: 10000",
    );
    assertEquals(
      await errorOf(socket, ofKey("x4", { "gap-limit": 10_001 })),
      "GAP limit is too big. Maximum: 10000",
    );
    assertEquals(await errorOf(socket, ofKey("x5", { xpub: "no" })), "Invalid XPub: no");
    socket.send(ofKey("x6"));
    await tells(socket, "4 end");
    const high = "Received ACK is higher than the last sent message (ack=99)";
    assertEquals(await errorOf(socket, ack("x6", 99)), high);
    assertEquals(await errorOf(socket, ack("x6", 1)), "No streaming opened.");
    socket.send(ofKey("x7", { "gap-limit": 1 }));
    await tells(socket, "2 end");
    socket.send(ack("x7", 1));
    assertEquals(await errorOf(socket, ack("x7", 0)), "Outdated ACK received (ack=0)");
    assertEquals(await errorOf(socket, ack("x7", 1)), "No streaming opened.");
    await socket.close();
  });
});

Deno.test("no more is sent than the window holds, which may be given when the stream is opened", async () => {
  await withWorld(async (world) => {
    const [zero = ""] = addressesOf(world, 1);
    for (let count = 0; count < 20; count++) await world.mineTo(zero);
    const socket = await connect(world);
    // As recorded: a window of nothing until the first acknowledgement tells another.
    socket.send(ofKey("w1", { "window-size": 0 }));
    await tells(socket, "0 begin");
    await settle(socket);
    socket.send(ack("w1", 0, { window: 3 }));
    await until("three", () => told(socket).length === 4);
    socket.send({ type: "request:history:stop", id: "w1" });
    await settle(socket);
    assertEquals(told(socket).length, 4);
    const random = new Prng(3);
    const begin = told(socket).length;
    let window = 2;
    socket.send(ofKey("w2", { "window-size": window }));
    const last = 25;
    for (let acked = -1, sent = window - 1; sent < last;) {
      await until(`message ${sent}`, () => told(socket).length > begin + sent);
      await settle(socket);
      const count = told(socket).length - begin;
      // The end alone is sent beyond the window.
      assert(count === sent + 1 || told(socket).at(-1)?.endsWith("end"), `${count} of ${sent + 1}`);
      if (told(socket).at(-1)?.endsWith("end")) break;
      acked += 1 + random.below(sent - acked);
      window = 1 + random.below(5);
      socket.send(ack("w2", acked, { window }));
      sent = Math.min(last - 1, Math.max(sent, acked + window));
    }
    const seqs = told(socket).slice(begin).map((line) => Number(line.split(" ")[0]));
    assertEquals(seqs, Array.from({ length: seqs.length }, (_, index) => index));
    assertEquals(told(socket).at(-1), "25 end");
    await socket.close();
  });
});

Deno.test("a client tells its addresses little by little, and some too many", async () => {
  await withWorld(async (world) => {
    const addresses = addressesOf(world, 12).map((address, index): [number, string] => {
      return [index, address];
    });
    const [, [, one] = [0, ""]] = addresses;
    const block = await world.mineTo(one);
    const socket = await connect(world);
    const notFound = "Streaming not found. You must send first=true in your first message.";
    assertEquals(await errorOf(socket, manual("m0", [])), notFound);
    assertEquals(
      await errorOf(socket, manual("m1", [[0, "short"]], { first: true })),
      "Invalid address: AddressItem(index=0, address='short')",
    );
    socket.send(manual("m1", addresses.slice(0, 2), { first: true, "first-index": 0 }));
    await tells(socket, `3 vertex ${block.hash.slice(0, 8)}`);
    const opened = "Streaming is already opened.";
    assertEquals(await errorOf(socket, manual("m1", [], { first: true })), opened);
    assertEquals(await errorOf(socket, manual("m2", [], { first: false })), opened);
    const many = Array.from({ length: 900 }, (): [number, string] => [0, one]);
    assertEquals(await errorOf(socket, manual("m1", [], { addresses: 5 })), "Invalid addresses.");
    socket.send(manual("m1", addresses.slice(2, 6), { first: false }));
    await tells(socket, "7 end");
    // The wallet library goes on to tell addresses.
    socket.send(manual("m1", addresses.slice(6, 12), { first: false }));
    socket.send(ack("m1", 7));
    assertEquals(await errorOf(socket, ack("m1", 7)), "No streaming opened.");
    socket.send(manual("m3", addresses.slice(0, 1), { first: true, last: true }));
    await tells(socket, "2 end");
    socket.send({ type: "request:history:stop", id: "m3" });
    socket.send(manual("m4", [], { first: true, "window-size": 0 }));
    for (let count = 0; count < 5; count++) socket.send(manual("m4", many));
    const tooLong = "List of addresses is too long.";
    assertEquals(await errorOf(socket, manual("m4", many)), tooLong);
    socket.send({ type: "request:history:stop", id: "m4" });
    // What Python takes for true or false is that.
    for (const first of [0, 0.0, "", [], {}, null]) {
      assertEquals(await errorOf(socket, manual("m6", [], { first })), notFound);
    }
    socket.send(manual("m6", addresses.slice(0, 1), { first: "yes", last: 1.5 }));
    await tells(socket, "2 end");
    socket.send({ type: "request:history:stop", id: "m6" });
    const wrong = "x".repeat(34);
    assertEquals(
      await errorOf(socket, manual("m5", [[0, wrong]], { first: true })),
      `Address subscription failed: Invalid address: ${wrong}`,
    );
    assertEquals(await errorOf(socket, ack("m5", 0)), "No streaming opened.");
    await socket.close();
  });
});

Deno.test("nothing falls between a history and what happens meanwhile", async () => {
  await withWorld(async (world) => {
    const addresses = addressesOf(world, 40);
    const random = new Prng(11);
    const mined = new Set<string>();
    const mine = async () => {
      const block = await world.mineTo(addresses[random.below(addresses.length)] ?? "");
      mined.add(block.hash);
    };
    for (let count = 0; count < 60; count++) await mine();
    const socket = await connect(world);
    socket.send(ofKey("x", { "gap-limit": 40 }));
    for (let count = 0; count < 60; count++) await mine();
    await until("the end", () => told(socket).at(-1)?.endsWith("end"));
    const heard = () => {
      const streamed = socket.of("stream:history:vertex").map(({ data }) => data.tx_id);
      const live = socket.of("wallet:address_history").map(({ history }) => history.tx_id);
      return new Set([...streamed, ...live]);
    };
    await until("every block", () => heard().size === mined.size);
    assertEquals([...heard()].sort(), [...mined].sort());
    await socket.close();
  });
});

Deno.test("histories are not streamed where the settings say so", async () => {
  await SocketWorld.run(async ({ origin }) => {
    const socket = await ClientSocket.open(origin, "/v1a/ws");
    assertEquals((await socket.next()).capabilities, []);
    assertEquals(await socket.ask(ofKey("x")), {
      type: "stream:history:error",
      id: "",
      errmsg: "Streaming history is disabled.",
    });
    await socket.close();
  }, { clock: new FakeClock(), admin: { hasHistoryStreaming: false } });
});

Deno.test("a search that is long has its keys made beside it: the same, in order", async () => {
  await withWorld(async (world) => {
    const addresses = addressesOf(world, 400);
    const block = await world.mineTo(addresses[150] ?? "");
    const socket = await connect(world);
    socket.send(ofKey("x1", { "gap-limit": 200 }));
    await until("the end", () => socket.of("stream:history:end").length > 0);
    const found = socket.of("stream:history:address");
    assertEquals(found.map(({ address }) => address), addresses.slice(0, 351));
    assertEquals(found.map(({ index }) => index), found.map((_, at) => at));
    assertEquals(socket.of("stream:history:vertex").map(({ data }) => data.tx_id), [block.hash]);
    assertEquals(world.nodes.admin.childKeys.length <= 1, true);
    await socket.close();
  });
});

Deno.test("no keys are made for a client that has left", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    socket.send(ofKey("x1", { "gap-limit": 10_000 }));
    const { childKeys } = world.nodes.admin;
    await until("keys to be asked for", () => childKeys.length > 0);
    await socket.close();
    await until("nothing to be asked for", () => childKeys.length === 0);
    await until("the socket to be gone", () => world.nodes.admin.stats().connections === 0);
    assertEquals(childKeys.length, 0);
  });
});

Deno.test("what may be a private key, or words, is never repeated", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    for (const secret of [`xprv${"9".repeat(107)}`, Array(24).fill("avocado").join(" ")]) {
      assertEquals(await errorOf(socket, ofKey("x", { xpub: secret })), "Invalid XPub");
    }
    const wrong = `xpub${"9".repeat(107)}`;
    assertEquals(await errorOf(socket, ofKey("x", { xpub: wrong })), `Invalid XPub: ${wrong}`);
  });
});

Deno.test("without a gap that it may have, a history ends with the first address that has none", async () => {
  for (const limit of [0, -1, true, false, 0.5]) {
    await withWorld(async (world) => {
      const [zero = ""] = addressesOf(world, 1);
      const { hash } = await world.mineTo(zero);
      const socket = await connect(world);
      socket.send(ofKey("x", { "gap-limit": limit }));
      assertEquals(await tells(socket, "4 end"), [
        "0 begin",
        "1 address 0",
        `2 vertex ${hash.slice(0, 8)}`,
        "3 address 1",
        "4 end",
      ]);
    });
  }
});

Deno.test("more addresses than are taken at once are refused, and the socket goes on", async () => {
  await withWorld(async (world) => {
    const [address = ""] = addressesOf(world, 1);
    const addresses = Array.from({ length: 5_001 }, (_, index) => [index, address] as const);
    const socket = await connect(world);
    const message = manual("x", addresses.map(([index, each]) => [index, each]), { first: true });
    assertEquals(await errorOf(socket, message), "List of addresses is too long.");
    await settle(socket);
  });
});
