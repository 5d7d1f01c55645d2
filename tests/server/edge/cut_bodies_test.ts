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

/** What each sends before it goes: less than its body, or all of it. */
const GOING: Readonly<Record<string, string>> = {
  "of a length, cut off": "content-length: 5000\r\n\r\nx",
  "of a length, whole": "content-length: 5\r\n\r\nxxxxx",
  "in chunks, cut off": "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
  "in chunks, whole": "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
};

for (const [way, read] of Object.entries(WAYS)) {
  Deno.test({
    name: `a body that nobody reads before its client has gone is cut off or read, ${way}`,
    ignore: isOldRuntime(),
    fn: async () => {
      for (const [what, sent] of Object.entries(GOING)) {
        const come = Promise.withResolvers<void>();
        const ended = Promise.withResolvers<void>();
        const server = createServer((incoming, response) => {
          for (const each of [incoming, response]) each.on("error", () => {});
          const body = new IncomingBody(incoming);
          incoming.once("close", () => {
            setTimeout(() => read(body).then(() => ended.resolve(), () => ended.resolve()));
          });
          come.resolve();
        });
        const port = await portOf(server);
        const socket = connectTcp(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write(`POST / HTTP/1.1\r\nhost: h\r\n${sent}`);
        await within(`${what}: it has come`, come.promise, 10_000);
        socket.resetAndDestroy();
        await within(`${what}: it ends`, ended.promise, 10_000);
        server.close();
      }
    },
  });

  Deno.test({
    name: `a body of HTTP/2 that nobody reads before its client has gone is cut off, ${way}`,
    ignore: isOldRuntime(),
    fn: async () => {
      for (const how of ["stream", "session"]) {
        const come = Promise.withResolvers<void>();
        const ended = Promise.withResolvers<void>();
        const server = createHttp2Server((incoming, response) => {
          for (const each of [incoming, response]) each.on("error", () => {});
          // It has what is used of the other's.
          const body = new IncomingBody(incoming as unknown as IncomingMessage);
          response.once("close", () => {
            setTimeout(() => read(body).then(() => ended.resolve(), () => ended.resolve()));
          });
          come.resolve();
        });
        const port = await portOf(server);
        const session = connect(`http://127.0.0.1:${port}`);
        session.on("error", () => {});
        const stream = session.request({ ":method": "POST", "content-length": "5000" });
        stream.on("error", () => {});
        stream.write("x");
        await within(`${how}: it has come`, come.promise, 10_000);
        if (how === "stream") stream.close(8);
        else session.destroy();
        await within(`${how}: it ends`, ended.promise, 10_000);
        session.destroy();
        server.close();
      }
    },
  });
}
