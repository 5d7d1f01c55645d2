/** A body that does not come whole is told of as cut off, to whoever reads it in whichever way. */
import { createServer, type IncomingMessage } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import { connect as connectTcp, type Server } from "node:net";
import { isOldRuntime } from "../../../src/server/edge/edge.ts";
import { IncomingBody } from "../../../src/server/edge/incoming_body.ts";
import { within } from "../../support/until.ts";

const WAYS: Readonly<Record<string, (body: IncomingBody) => Promise<unknown>>> = {
  whole: (body) => body.bytes(),
  "as it comes": (body) => Array.fromAsync(body.stream()),
};

/** Listens, and says where. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" ? address?.port ?? 0 : 0;
}

for (const [way, read] of Object.entries(WAYS)) {
  Deno.test({
    name: `a stream of HTTP/2 that is reset before its body has come is cut off, read ${way}`,
    ignore: isOldRuntime(),
    fn: async () => {
      const come = Promise.withResolvers<void>();
      const cut = Promise.withResolvers<void>();
      const server = createHttp2Server((incoming, response) => {
        response.on("error", () => {});
        incoming.once("data", () => come.resolve());
        // It has what is used of the other's.
        const body = new IncomingBody(incoming as unknown as IncomingMessage);
        read(body).then(() => cut.reject(new Error("it was whole")), () => cut.resolve());
      });
      const port = await portOf(server);
      const session = connect(`http://127.0.0.1:${port}`);
      session.on("error", () => {});
      const stream = session.request({ ":method": "POST", "content-length": "2000" });
      stream.on("error", () => {});
      stream.write(new Uint8Array(10));
      await within("a part has come", come.promise);
      stream.close(8);
      await within("it is told", cut.promise, 10_000);
      session.destroy();
      server.close();
    },
  });

  Deno.test({
    name: `a body that had come when its connection went is cut off or read, ${way}`,
    ignore: isOldRuntime(),
    fn: async () => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      const server = createServer((incoming) => {
        incoming.on("error", () => {});
        read(new IncomingBody(incoming)).then(() => ended.resolve(), () => ended.resolve());
        // All of it is there, and is not handed on.
        incoming.pause();
        begun.resolve();
      });
      const port = await portOf(server);
      const socket = connectTcp(port, "127.0.0.1");
      socket.on("error", () => {});
      const head = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
      socket.write(`${head}${"1\r\nx\r\n".repeat(1_000)}0\r\n\r\n`);
      await within("it has begun", begun.promise, 10_000);
      socket.resetAndDestroy();
      await within("it ends", ended.promise, 10_000);
      server.close();
    },
  });
}
