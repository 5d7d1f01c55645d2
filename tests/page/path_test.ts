import { assertEquals } from "@std/assert";
import { withPage } from "../support/browser_page.ts";
import { withServer } from "../support/in_process.ts";
import { browserTest } from "../support/programs.ts";
import { StreamsApi } from "../support/streams_api.ts";

/** Where the proxy has the server. */
const PATH = "/behind/a/path";

/** A proxy that puts a server under a path, its sockets as well. */
function proxyTo(main: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(`${PATH}/`)) return new Response("not here", { status: 404 });
    const target = `${main}${pathname.slice(PATH.length)}${search}`;
    if (request.headers.get("upgrade") !== "websocket") {
      // Sent on as it is; what the client says that it takes is the proxy's own matter.
      return await fetch(target, {
        method: request.method,
        headers: request.headers,
        body: request.body,
      });
    }
    const protocols = request.headers.get("sec-websocket-protocol")?.split(", ") ?? [];
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: protocols[0] ?? "" });
    const there = new WebSocket(target.replace("http", "ws"), protocols);
    const areOpen = Promise.all([isOpen(socket), isOpen(there)]);
    passOn(there, socket, areOpen);
    passOn(socket, there, areOpen);
    return response;
  });
}

function isOpen(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => socket.addEventListener("open", resolve));
}

/** Sends on what a socket tells, from when both are open: either may speak before the other is. */
function passOn(from: WebSocket, to: WebSocket, areOpen: Promise<unknown>): void {
  from.onmessage = async ({ data }) => {
    await areOpen;
    if (to.readyState === WebSocket.OPEN) to.send(data);
  };
  from.onclose = () => to.close();
}

browserTest("behind a path the page has all that it has elsewhere", async (browser) => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.create("s");
    const proxy = proxyTo(main);
    const origin = `http://127.0.0.1:${proxy.addr.port}${PATH}`;
    try {
      await withPage(browser, origin, async (shown) => {
        await shown.go("");
        await shown.shows("Live", "header");
        await streams.send("POST", "s", { body: '{"n":7}' });
        await shown.shows("n: 7");
        await shown.go("#/chain/streams/s?at=1");
        await shown.shows(/n:\s*7/, "aside");
        const elsewhere = shown.asked.filter((address) =>
          !address.startsWith("data:") && !new URL(address).pathname.startsWith(`${PATH}/`)
        );
        assertEquals(elsewhere, []);
      });
    } finally {
      await proxy.shutdown();
    }
  });
});
