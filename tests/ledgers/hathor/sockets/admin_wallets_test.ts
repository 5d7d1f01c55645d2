import { assert, assertEquals } from "@std/assert";
import { parseXpub } from "../../../../src/crypto/hd_public_key.ts";
import { addressAt } from "../../../../src/ledgers/hathor/networks/address.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { until } from "../../../support/until.ts";
import {
  ADMIN_PATH,
  connect,
  HISTORY,
  settle,
  subscribe,
  withWorld,
  XPUB,
} from "../support/admin_client.ts";
import { addressOf, testNetwork } from "../support/builder.ts";

/** A new vertex is told when it comes, and when it has its place. */
function twice<T>(items: readonly T[]): T[] {
  return items.flatMap((item) => [item, item]);
}

Deno.test("addresses are limited where the settings say so", async () => {
  await withWorld(async (world) => {
    await world.mine(1);
    const socket = await connect(world);
    const reasonOf = async (owner: number) => {
      return (await socket.ask(subscribe(world, owner))).message ?? "";
    };
    assertEquals(await reasonOf(5), "");
    assertEquals(await reasonOf(6), "Reached maximum number of subscribed empty addresses (1).");
    assertEquals(await reasonOf(1), "");
    assertEquals(await reasonOf(1), "");
    assertEquals(await reasonOf(0), "Reached maximum number of subscribed addresses (2).");
    await socket.ask({ ...subscribe(world, 5), type: "unsubscribe_address" });
    assertEquals(await reasonOf(6), "");
    await socket.close();
  }, { admin: { maxAddresses: 2, maxEmptyAddresses: 1 } });
});

Deno.test("a client that comes back with its last event is told what its address has missed", async () => {
  await withWorld(async (world) => {
    const first = await connect(world);
    const [next] = [await world.node.nextEventId()];
    const answer = await first.ask(subscribe(world, 1, { last_event_id: null }));
    assertEquals(answer, { ...subscribe(world, 1), success: true, last_event_id: next - 1 });
    const seen = await world.mine(1);
    await settle(world, first);
    const [come, message] = first.of(HISTORY);
    assertEquals(message.history.tx_id, seen.hash);
    // Whoever has lost the second of the two is told both again.
    assertEquals(come, { ...message, event_id: message.event_id - 1 });
    await first.close();
    const missed = [await world.mine(1), await world.mine(2), await world.mine(1)];
    const second = await connect(world);
    second.send(subscribe(world, 1, { last_event_id: message.event_id }));
    const live = await world.mine(1);
    await settle(world, second);
    await until("all", () => second.of(HISTORY).length === 6);
    const told = second.of(HISTORY);
    assertEquals(
      told.map(({ history }) => history.tx_id),
      twice([missed[0]?.hash, missed[2]?.hash, live.hash]),
    );
    const ids = told.map(({ event_id }) => event_id);
    assertEquals(ids, ids.toSorted((a, b) => a - b));
    const wrong = await connect(world);
    const refused = await wrong.ask(subscribe(world, 1, { last_event_id: "x" }));
    assertEquals(refused.message, "Invalid 'last_event_id' parameter.");
    await Promise.all([second.close(), wrong.close()]);
  });
});

Deno.test("a hundred clients of an address each hear of all that comes", async () => {
  await withWorld(async (world) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(world)));
    await Promise.all(sockets.map((socket) => socket.ask(subscribe(world, 1))));
    const blocks = [await world.mine(1), await world.mine(1), await world.mine(1)];
    await settle(world, ...sockets);
    for (const socket of sockets) {
      const told = socket.of(HISTORY).map(({ history }) => history.tx_id);
      assertEquals(told, twice(blocks.map(({ hash }) => hash)));
    }
    await Promise.all(sockets.map((socket) => socket.close()));
  });
});

Deno.test("what comes to the node's own wallet and leaves it is told to everybody", async () => {
  const key = parseXpub(XPUB);
  assert(key !== undefined);
  const network = testNetwork();
  const ofKey = [0, 1, 2, 3].map((index) => addressAt(network, key, index));
  const options = { wallet: { addresses: [addressOf(network, 1)], xpub: XPUB, gapLimit: 2 } };
  await withWorld(async (world) => {
    const socket = await connect(world);
    await socket.ask({ type: "ping" });
    // Figures are told as they are then, so one thing is awaited after another.
    const block = await world.mine(1);
    await settle(world, socket);
    for (const index of [1, 3]) {
      await world.mineTo(ofKey[index] ?? "");
      await settle(world, socket);
    }
    const tx = await world.pay([{ from: block, index: 0, owner: 1 }], [
      { value: 400, to: 1, timelock: block.timestamp + 1_000 },
      { value: 6000, to: 2 },
    ]);
    await settle(world, socket);
    const wallet = () =>
      socket.told.filter(({ type }) => type.startsWith("wallet:")).map((message) => {
        const { type, total, output, output_spent, balance, limit } = message;
        return [type.slice(7), total, output?.value, output_spent?.value, limit, balance?.locked]
          .concat(balance?.available).filter((part) => part !== undefined).join(" ");
      });
    await until("the spending", () => wallet().includes("balance_updated 400 12800"));
    assertEquals(wallet(), [
      "output_received 1 6400",
      "balance_updated 0 6400",
      "output_received 2 6400",
      "balance_updated 0 12800",
      "gap_limit 2",
      "output_received 3 6400",
      "balance_updated 0 19200",
      "gap_limit 2",
      "output_received 4 400",
      "output_spent 6400",
      "balance_updated 400 12800",
    ]);
    const [received] = socket.of("wallet:output_received").slice(-1);
    const [spent] = socket.of("wallet:output_spent");
    assertEquals(Object.keys(received), ["total", "output", "type", "throttled"]);
    assertEquals(received.output, {
      timestamp: tx.timestamp,
      tx_id: tx.hash,
      index: 0,
      value: 400,
      address: addressOf(network, 1),
      token_data: 0,
      voided: false,
      timelock: block.timestamp + 1_000,
    });
    assertEquals([spent.output_spent.from_tx_id, spent.output_spent.from_index], [block.hash, 0]);
    await socket.close();
  }, { admin: options });
});

Deno.test("connections and subscribed addresses can be counted", async () => {
  await withWorld(async (world) => {
    const [one, two] = await Promise.all([connect(world), connect(world)]);
    for (const owner of [1, 2]) await one.ask(subscribe(world, owner));
    await two.ask(subscribe(world, 2));
    assertEquals(world.nodes.admin.stats(), { connections: 2, addresses: 2 });
    await one.close();
    await until("one less", () => world.nodes.admin.stats().connections === 1);
    assertEquals(world.nodes.admin.stats().addresses, 1);
    await two.close();
  });
});

Deno.test("a wallet may tell all its addresses at once, as soon as it is connected", async () => {
  await withWorld(async (world) => {
    const socket = await ClientSocket.open(world.origin, ADMIN_PATH);
    const addresses = Array.from({ length: 1_000 }, (_, owner) => subscribe(world, owner));
    for (const message of addresses) socket.send(message);
    const answers = await socket.count("subscribe_address", addresses.length);
    assertEquals(answers.map(({ address }) => address), addresses.map(({ address }) => address));
    await socket.close();
  }, { admin: { maxEmptyAddresses: 2_000 } });
});
