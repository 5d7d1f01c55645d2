import { assertEquals } from "@std/assert";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";

Deno.test("the main port names its ledgers, and each answers under the prefix it names", async () => {
  await withServer(async ({ main }) => {
    const api = new HieraChainApi(main);
    const { status, body } = await api.get("/");
    assertEquals([status, body], [200, {
      name: "Ledgerline",
      ledgers: [
        { name: "hierachain", title: "HieraChain", prefix: "/hierachain/" },
        { name: "hathor", title: "Hathor", prefix: "/hathor/" },
        { name: "bigchaindb", title: "BigchainDB", prefix: "/bigchaindb/" },
        { name: "planetmint", title: "Planetmint", prefix: "/planetmint/" },
        { name: "streams", title: "Durable Streams", prefix: "/v1/stream/" },
      ],
    }]);
    const expected = "HieraChain Ledger API";
    assertEquals((await api.get(body.ledgers[0].prefix)).body?.name, expected);
    assertEquals((await api.get("/hierachain")).body?.name, expected);
  });
});

Deno.test("a ledger is the same under its prefix as on its own port, sockets too", async () => {
  await withServer(async ({ main, api }) => {
    const prefixed = new HieraChainApi(`${main}/hierachain`);
    await prefixed.create("c");
    const socket = await ClientSocket.open(main, "/hierachain/ws");
    await socket.subscribe("c");
    await api.append("c", { entity_id: "E", event_type: "t" });
    const [told] = await socket.count("new_event", 1);
    assertEquals(told.data.entity_id, "E");
    const paths = ["/api/ledger/chains/c/blocks/0", "/nope", "/ws", "/api/ledger/chains/x/stats"];
    for (const path of paths) {
      const [one, other] = [await prefixed.get(path), await api.get(path)];
      assertEquals([path, one.status, one.text], [path, other.status, other.text]);
    }
    await socket.close();
  });
});

Deno.test("what the main port does not have is a problem in its own form", async () => {
  await withServer(async ({ main }) => {
    const { status, headers, body } = await new HieraChainApi(main).get("/nope");
    assertEquals([status, headers.get("content-type")], [404, "application/problem+json"]);
    assertEquals(body, {
      type: "urn:ledgerline:error:not_found",
      title: "Not Found",
      status: 404,
      code: "not_found",
      detail: "There is nothing here",
    });
  });
});
