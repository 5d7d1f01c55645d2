import { assertEquals } from "@std/assert";
import { readEndpoint } from "../../../../src/ledgers/hathor/http/peer_endpoint.ts";
import { readIpNetwork } from "../../../../src/ledgers/hathor/http/ip_network.ts";
import { withHathor } from "../support/hathor_api.ts";

const ID = "c0f19299c2a4dcbb6613a14011ff07b63d6cb809e4cee25e9c1ccccdd6628696";

Deno.test("places of peers are read as the original reads them", () => {
  for (
    const [text, read] of [
      ["tcp://127.0.0.1:40403/", "tcp://127.0.0.1:40403"],
      [`tcp://127.0.0.1:40403/?id=${ID}`, `tcp://127.0.0.1:40403/?id=${ID}`],
      ["tcp://foo.bar.baz:40403/", "tcp://foo.bar.baz:40403"],
      [`tcp://${"f".repeat(63)}:1`, `tcp://${"f".repeat(63)}:1`],
      [`tcp://${"f".repeat(64)}:1`, undefined],
      ["tcp://[2001:db8::1]:8006", "tcp://[2001:db8::1]:8006"],
      ["tcp://[1200::AB00:1234::2552:7777:1313]:1", undefined],
      ["tcp://127.0.0.1:40403/?id=123", undefined],
      ["tcp://127.0.0.1:4040f", undefined],
      ["udp://127.0.0.1:40403/", undefined],
      ["tcp://127.0.0.1/", undefined],
      ["tcp://:40403/", undefined],
      ["tcp://127.0.0.1:40403/foo", undefined],
      [`tcp://127.0.0.1:40403/?id=${ID}&id=${ID}`, undefined],
      ["tcp://a:65536", undefined],
    ] as const
  ) assertEquals(readEndpoint(text), read, text);
});

Deno.test("networks of addresses are read as Python reads them", () => {
  for (
    const [text, read] of [
      ["127.0.0.1", "127.0.0.1/32"],
      ["192.168.0.0/24", "192.168.0.0/24"],
      ["192.168.0.1/24", undefined],
      ["192.168.0.0/255.255.255.0", "192.168.0.0/24"],
      ["192.168.0.0/255.0.255.0", undefined],
      ["0.0.0.0/0", "0.0.0.0/0"],
      ["1.2.3.4/33", undefined],
      ["2001:DB8:0:0::/32", "2001:db8::/32"],
      ["::1", "::1/128"],
      ["::1/64", undefined],
      ["x", undefined],
    ] as const
  ) assertEquals(readIpNetwork(text), read, text);
});

Deno.test("peers are taken note of, and there are none", async () => {
  await withHathor(async (api) => {
    const post = async (body: unknown) => await api.post("/v1a/p2p/peers", body);
    assertEquals(await post(["tcp://localhost:8006"]), {
      success: true,
      peers: ["tcp://localhost:8006"],
    });
    assertEquals((await post({ a: "tcp://localhost:8006" })).success, false);
    assertEquals((await post(["invalid_url"])).message, "Malformed entrypoint found.");
    assertEquals((await post(undefined)).message, "Invalid format for post data");
    assertEquals((await api.get("/v1a/status")).connections.connected_peers, []);
  });
});

Deno.test("rules for peers are added, listed and taken away", async () => {
  await withHathor(async (api) => {
    const rules = async () => (await api.get("/v1a/p2p/netfilter?chain=post_peerid")).rules;
    const add = (body: object) => api.post("/v1a/p2p/netfilter", body);
    const good = {
      chain: { name: "post_peerid" },
      match: { type: "NetfilterMatchPeerId", match_params: { peer_id: "1234" } },
      target: { type: "NetfilterReject", target_params: {} },
    };
    assertEquals((await api.get("/v1a/p2p/netfilter")).message, "Missing parameter: chain");
    const unknown = await api.get("/v1a/p2p/netfilter?chain=xxx");
    assertEquals(unknown, { success: false, message: "Invalid netfilter chain." });
    for (
      const [change, message] of [
        [{ chain: { name: "xxx" } }, "Invalid netfilter chain."],
        [{ chain: undefined }, "Invalid chain data"],
        [{ match: { type: "xxx" } }, "Invalid netfilter match."],
        [
          { match: { type: "NetfilterMatchPeerId", match_params: { host: "1" } } },
          "Invalid netfilter match parameters.",
        ],
        [
          { match: { type: "NetfilterMatchIPAddress", match_params: { host: "x" } } },
          "Invalid netfilter match parameters.",
        ],
        [{ target: { type: "xxx" } }, "Invalid netfilter target."],
        [
          { target: { type: "NetfilterReject", target_params: { a: 1 } } },
          "Invalid netfilter target parameters.",
        ],
      ] as const
    ) assertEquals(await add({ ...good, ...change }), { success: false, message });
    const { success, rule } = await add(good);
    assertEquals(success, true);
    assertEquals(rule, {
      uuid: rule.uuid,
      chain: {
        name: "post_peerid",
        table: { name: "filter" },
        policy: { type: "NetfilterAccept", target_params: {} },
      },
      target: { type: "NetfilterReject", target_params: {} },
      match: { type: "NetfilterMatchPeerId", match_params: { peer_id: "1234" } },
    });
    assertEquals(await rules(), [rule]);
    const remove = async (body: object) =>
      JSON.parse((await api.send("DELETE", "/v1a/p2p/netfilter", body)).text);
    const chain = "post_peerid";
    assertEquals((await remove({ chain: "xxx" })).message, "Invalid netfilter chain.");
    assertEquals((await remove({ chain })).message, "Invalid uuid for rule.");
    assertEquals((await remove({ chain, rule_uuid: "1" })).message, "Rule not found.");
    assertEquals(await remove({ chain, rule_uuid: rule.uuid }), { success: true });
    assertEquals(await rules(), []);
    assertEquals((await api.send("DELETE", "/v1a/p2p/peers")).status, 501);
  });
});

Deno.test("profilers are off, and a node says that it has none", async () => {
  await withHathor(async (api) => {
    const top = await api.get("/v1a/top");
    assertEquals([top.enabled, top.proc_list, top.network], [false, [], "privatenet"]);
    const command = async (body: string) =>
      await fetch(`${api.origin}/v1a/top`, { method: "POST", body });
    assertEquals(await (await command("reset")).json(), {
      success: true,
      message: "profiler has been reseted",
    });
    for (const [text, status] of [["start", 400], ["stop", 400], ["x", 400]] as const) {
      const answer = await command(text);
      assertEquals([answer.status, (await answer.json()).success], [status, false]);
    }
    assertEquals(await api.post("/v1a/profiler", {}), { success: false });
    assertEquals((await api.post("/v1a/profiler", { start: true })).success, false);
  });
});
