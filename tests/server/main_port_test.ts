import { assertEquals, assertRejects } from "@std/assert";
import { parseSettingFlags } from "../../src/cli/settings/setting_options.ts";
import { configure } from "../../src/kernel/configuration.ts";
import { LedgerError } from "../../src/kernel/errors.ts";
import { startServer } from "../../src/server/server.ts";
import { allSettings } from "../../src/server/settings.ts";
import { streams } from "../../src/streams/definition.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";
import { PORTS_OFF } from "../support/ports.ts";

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

Deno.test("a usual port that another program has is left out where nobody asked for it", async () => {
  const setting = streams.settings["streams-port"]?.fallback ?? "";
  const others = hold(Number(setting));
  try {
    const configured = configure(allSettings, {
      flags: parseSettingFlags(allSettings, ["--store=:memory:", "--host=127.0.0.1", "--port=0"]),
      variable: (name) => name === "LEDGER_STREAMS_PORT" ? undefined : ALL_OFF[name],
    });
    const server = await startServer(configured);
    try {
      assertEquals(server.ports.map(({ name }) => name), ["main"]);
      const path = `${server.ports[0]?.origin}/v1/stream/s`;
      const { status, body } = await fetch(path, { method: "PUT" });
      await body?.cancel();
      assertEquals(status, 201);
    } finally {
      await server.stop();
    }
    const asked = configure(allSettings, {
      flags: parseSettingFlags(allSettings, ["--store=:memory:", `--streams-port=${setting}`]),
      variable: (name) => ({ ...ALL_OFF, LEDGER_PORT: "0" })[name],
    });
    await assertRejects(() => startServer(asked), LedgerError, "--streams-port");
  } finally {
    others?.close();
  }
});

const ALL_OFF: Readonly<Record<string, string>> = { ...PORTS_OFF, LEDGER_HIERACHAIN_PORT: "off" };

/** Takes a port, unless some program has done so already. */
function hold(port: number): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return undefined;
  }
}
