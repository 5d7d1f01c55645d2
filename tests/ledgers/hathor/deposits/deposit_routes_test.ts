import { assert, assertEquals } from "@std/assert";
import { KeysApi } from "../../../support/keys_api.ts";
import { StreamsApi } from "../../../support/streams_api.ts";
import { withDeposits } from "../support/deposit_world.ts";

const XPUB =
  "xpub6CUGRUonZSQ4TWtTMmzXdrXDtypWKiKrhko4egpiMZbpiaQL2jkwSB1icqYh2cfDfVxdx4df189oLKnC5" +
  "fSwqPfgyP3hooxujYzAu3fDVmz";

Deno.test("a subscription is made once, shown, listed and ended, and its stream is told where it ends", async () => {
  await withDeposits(async (world) => {
    const { graph, origin } = world;
    assertEquals((await world.send("GET", "")).body, { deposits: [] });
    assertEquals((await world.send("GET", "/shop")).status, 404);
    const wanted = { addresses: [graph.address(7)], confirmations: 3, description: "a shop" };
    const made = await world.send("PUT", "/shop", wanted);
    assertEquals(made.status, 201);
    const { created_at: createdAt, from, ...shown } = made.body;
    assertEquals(shown, {
      id: "shop",
      network: "privatenet",
      stream: "/v1/stream/hathor/deposits/privatenet/shop",
      addresses: 1,
      xpub: null,
      tokens: [],
      confirmations: 3,
      description: "a shop",
    });
    assertEquals(from, (await graph.node.chain.head())?.next);
    assertEquals(await world.send("PUT", "/shop", wanted), { status: 200, body: made.body });
    const other = await world.send("PUT", "/shop", { ...wanted, confirmations: 4 });
    assertEquals([other.status, other.body.code], [409, "deposits_exist"]);
    assertEquals((await world.send("GET", "/shop")).body, made.body);
    const { deposits } = (await world.send("GET", "")).body;
    assertEquals(deposits, [{ id: "shop", stream: shown.stream, created_at: createdAt }]);
    assertEquals((await world.send("DELETE", "/shop")).status, 204);
    assertEquals((await world.send("GET", "/shop")).status, 404);
    const { text } = await new StreamsApi(origin).get("hathor/deposits/privatenet/shop?offset=-1");
    const types = JSON.parse(text).map(({ type }: { type: string }) => type);
    assertEquals(types, ["DEPOSITS_WATCHED", "DEPOSITS_ENDED"]);
  });
});

Deno.test("one of the same name begins anew, and tells nothing of the one before", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    await graph.start();
    await world.watch("shop", { addresses: [graph.address(7)] });
    const { rest } = await graph.spend(graph.coin, [{ value: 500, to: 7 }]);
    assertEquals(await world.told("shop", 1), ["1 seen 500"]);
    assertEquals((await world.send("DELETE", "/shop")).status, 204);
    const { rest: left } = await graph.spend(rest, [{ value: 501, to: 7 }]);
    await world.watch("shop", { addresses: [graph.address(7)], confirmations: 1 });
    await graph.spend(left, [{ value: 502, to: 7 }]);
    assertEquals(await world.told("shop", 2), ["1 seen 500", "1 seen 502"]);
    const [first, second] = await world.notices("shop");
    assert(first?.life !== second?.life);
  });
});

Deno.test("what is no subscription is refused with a reason", async () => {
  await withDeposits(async (world) => {
    const address = world.graph.address(7);
    const refusals: [unknown, string][] = [
      [{}, "It has addresses"],
      [[], "body"],
      [{ addresses: ["H"] }, "addresses"],
      [{ addresses: Array.from({ length: 10_001 }, () => address) }, "addresses"],
      [{ xpub: "xpub" }, "xpub"],
      [{ tokens: ["HTR"] }, "tokens"],
      [{ addresses: [address], confirmations: 0 }, "confirmations"],
      [{ addresses: [address], confirmations: 1_001 }, "confirmations"],
      [{ addresses: [address], gap: 0 }, "gap"],
      [{ addresses: [address], from: "never" }, "from"],
      [{ addresses: [address], webhook: "http://localhost" }, "body"],
    ];
    for (const [body, reason] of refusals) {
      const { status, body: told } = await world.send("PUT", "/shop", body);
      assertEquals(
        [status, told.code],
        [400, "deposits_invalid"],
        JSON.stringify(body)?.slice(0, 80),
      );
      assert(told.detail.startsWith(reason), told.detail);
    }
    const late = await world.send("PUT", "/shop", { addresses: [address], from: 1_000_000 });
    assertEquals([late.status, late.body.code], [400, "position_invalid"]);
    const ids = ["a b", ".a", "a%2Fb", "x".repeat(65)];
    for (const id of ids) {
      const { status } = await world.send("PUT", `/${id}`, { addresses: [address] });
      assertEquals(status, 404, id);
    }
    assertEquals((await world.send("PATCH", "/shop")).status, 405);
    assertEquals(
      (await world.send("POST", "/shop/addresses", { addresses: [address] })).status,
      404,
    );
    const large = await world.send("PUT", "/shop", { description: "x".repeat(600_000) });
    assertEquals(large.status, 413);
    assertEquals((await world.send("GET", "")).body.deposits, []);
  });
});

Deno.test("there are bounds to how many are watched, and room comes back with those that end", async () => {
  await withDeposits(async (world) => {
    const all = Array.from({ length: 10_000 }, (_, owner) => world.graph.address(owner));
    for (let n = 0; n < 10; n++) await world.watch(`s${n}`, { addresses: all });
    const more = await world.send("PUT", "/more", { addresses: all.slice(0, 1) });
    assertEquals([more.status, more.body.code], [409, "deposits_limit"]);
    const full = await world.send("POST", "/s0/addresses", {
      addresses: [world.graph.address(10_001)],
    });
    assertEquals([full.status, full.body.code], [409, "deposits_limit"]);
    assertEquals((await world.send("DELETE", "/s0")).status, 204);
    await world.watch("more", { addresses: all.slice(0, 1) });
  });
});

Deno.test("a key covers the stream of a subscription as any other", async () => {
  await withDeposits(async (world) => {
    const keys = new KeysApi(world.origin, "secret");
    const key = async (...chains: string[]) => ({
      authorization: `Bearer ${(await keys.make({ scopes: ["read", "append"], chains })).key}`,
    });
    const wanted = { addresses: [world.graph.address(7)], xpub: XPUB };
    const stream = "hathor/deposits/privatenet/shop";
    const network = "hathor/privatenet";
    const reader = await key(network);
    const writer = await key(stream);
    assertEquals((await world.send("PUT", "/shop", wanted)).status, 401);
    assertEquals((await world.send("PUT", "/shop", wanted, reader)).status, 403);
    assertEquals((await world.send("PUT", "/shop", wanted, writer)).status, 201);
    assertEquals((await world.send("PUT", "/other", wanted, writer)).status, 403);
    assertEquals((await world.send("GET", "/shop", undefined, reader)).status, 403);
    assertEquals((await world.send("GET", "/shop", undefined, writer)).status, 200);
    assertEquals((await world.send("GET", "", undefined, reader)).body.deposits, []);
    assertEquals((await world.send("GET", "", undefined, writer)).body.deposits.length, 1);
    const api = new StreamsApi(world.origin);
    assertEquals((await api.get(`${stream}?offset=-1`, reader)).status, 403);
    assertEquals((await api.get(`${stream}?offset=-1`, writer)).status, 200);
    // Whose addresses are watched is told to nobody, whatever may be read.
    const secret = { authorization: "Bearer secret" };
    const book = await api.get("hathor/__deposits/privatenet?offset=-1", secret);
    assertEquals(book.status, 200);
    assert(!book.text.includes("xpub") && !book.text.includes(world.graph.address(7)));
    assertEquals((await world.send("DELETE", "/shop", undefined, reader)).status, 403);
    assertEquals((await world.send("DELETE", "/shop", undefined, writer)).status, 204);
  }, ["--api-keys=secret"]);
});
