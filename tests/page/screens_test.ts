import { assertEquals } from "@std/assert";
import { PHONE, THEMES, withPage } from "../support/browser_page.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { withServer } from "../support/in_process.ts";
import { browserTest } from "../support/programs.ts";
import { StreamsApi } from "../support/streams_api.ts";

/** Something of everything that a screen may show. */
async function traffic(main: string, native: string): Promise<void> {
  const api = new HieraChainApi(native);
  await api.create("supply_chain");
  for (let part = 0; part < 12; part++) {
    const event_type = part % 2 === 0 ? "production_start" : "production_complete";
    const details = { quantity: part, operator: { name: "Mai" } };
    await api.append("supply_chain", { entity_id: `PROD-${part}`, event_type, details });
  }
  const streams = new StreamsApi(main);
  await streams.create("orders/eu");
  const subscription = { type: "webhook", pattern: "orders/**" };
  await fetch(`${main}/v1/stream/__ds/subscriptions/worker`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...subscription, webhook: { url: "http://127.0.0.1:9/hook" } }),
  });
  await streams.send("POST", "orders/eu", { body: '[{"item":"tea"},{"item":"mate"}]' });
}

/** Screens by their places, each with what it has to show. */
const SCREENS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "": ["HieraChain", "Hathor", "BigchainDB", "Planetmint", "Durable Streams", /ready/, "PROD-11"],
  "#/chains": ["hierachain/supply_chain", "hathor/privatenet", "streams/orders/eu"],
  "#/chain/hierachain/supply_chain": [/\d+ events/, "production_start", "PROD-11"],
  "#/chain/hierachain/supply_chain?at=3": ["Event 3", "SHA-256 of data", /entity_id:\s*"PROD-1"/],
  "#/chain/streams/orders/eu?at=2": ["2 together", /item:\s*"mate"/],
  "#/connections": ["127.0.0.1", "socket", "hierachain/supply_chain", "streams/__ds/order", "Cut"],
  "#/webhooks": ["worker", "127.0.0.1:9/hook", "orders/**", /retrying|sending|due/],
  "#/keys": ["No keys yet", "Make a key"],
  "#/settings": ["hathor-network", "privatenet", "flag"],
  "#/log": ["500 lines"],
  "#/nowhere": ["There is no such place"],
};

for (const theme of THEMES) {
  browserTest(
    `each screen shows what is there, to everybody, in the ${theme} theme`,
    async (browser) => {
      await withServer(async ({ main, native }) => {
        await traffic(main, native);
        const socket = await ClientSocket.open(native);
        await socket.subscribe("supply_chain");
        await withPage(browser, main, async (shown) => {
          for (const [place, wanted] of Object.entries(SCREENS)) {
            await shown.go(place);
            for (const part of wanted) await shown.shows(part);
            assertEquals([place, await shown.unaccessible()], [place, []]);
            assertEquals([place, await shown.tooWide(PHONE)], [place, 0]);
          }
        }, { theme });
        await socket.close();
      });
    },
  );
}
