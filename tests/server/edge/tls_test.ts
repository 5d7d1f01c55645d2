import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import * as library from "ws";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { STREAMS_PER_CONNECTION } from "../../../src/kernel/limits.ts";
import { EDGES, RawConnection, withEdge } from "../../support/edges.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { succeeds, testUnlessMissing } from "../../support/missing.ts";
import type { Http2Report } from "../../support/http2_client.ts";
import { withFolder } from "../../support/server.ts";
import { until, within } from "../../support/until.ts";

/** What is used here of npm `ws`, which brings no types. */
interface Library {
  on(event: "open" | "close" | "error" | "message", listener: (detail: unknown) => void): void;
  send(text: string): void;
  close(): void;
}

type Open = new (url: string, options: { readonly ca: string }) => Library;

const HTTP2_CLIENT = new URL("../../support/http2_client.ts", import.meta.url).pathname;

/** What is missing where there is no program to make certificates with. */
const NO_OPENSSL = succeeds("openssl", ["version"]) ? undefined : "no openssl: install it";

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
}

/** Runs `body` with a folder that holds `cert.pem`, its `key.pem`, and `other.pem`. */
function tlsTest(name: string, body: (folder: string) => Promise<void>): void {
  testUnlessMissing(
    name,
    NO_OPENSSL,
    () =>
      withFolder(async (folder) => {
        const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        for (const key of ["key", "other"]) {
          await openssl("genpkey", ...curve, "-out", `${folder}/${key}.pem`);
        }
        const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        const leaf = "basicConstraints=critical,CA:FALSE";
        const subject = ["-subj", "/CN=localhost", "-addext", names, "-addext", leaf, "-days", "2"];
        const files = ["-key", `${folder}/key.pem`, "-out", `${folder}/cert.pem`];
        await openssl("req", "-x509", "-new", ...files, ...subject);
        await body(folder);
      }),
  );
}

function flagsOf(folder: string, cert = "cert.pem", key = "key.pem"): string[] {
  return [`--tls-cert=${folder}/${cert}`, `--tls-key=${folder}/${key}`];
}

tlsTest("a long answer arrives whole over TLS", async (folder) => {
  const ca = await Deno.readTextFile(`${folder}/cert.pem`);
  await withServer(async ({ main }) => {
    const client = Deno.createHttpClient({ caCerts: [ca], http1: true, http2: false });
    const ask = async (method: string, path = "", body: BodyInit | null = null) => {
      const headers = { "content-type": "application/octet-stream" };
      const url = `${main}/v1/stream/long${path}`;
      const response = await fetch(url, { client, method, headers, body });
      assert(response.ok, `${method} ${response.status}`);
      return await response.bytes();
    };
    await ask("PUT");
    for (const at of [1, 2, 3, 4]) await ask("POST", "", new Uint8Array(600_000).fill(at));
    const read = await ask("GET", "?offset=-1");
    assertEquals(read.length, 2_400_000);
    const isRight = read.every((byte, at) => byte === 1 + Math.floor(at / 600_000));
    assert(isRight, "what has come is not what was sent");
    client.close();
  }, { flags: flagsOf(folder) });
});

tlsTest("with a certificate every port speaks HTTPS, and its sockets WSS", async (folder) => {
  const ca = await Deno.readTextFile(`${folder}/cert.pem`);
  await withServer(async ({ main, native }) => {
    const client = Deno.createHttpClient({ caCerts: [ca] });
    for (const origin of [main, native]) {
      assertEquals(origin.startsWith("https://"), true);
      const response = await fetch(`${origin}/health`, { client });
      assertEquals(response.status, 200);
      await response.body?.cancel();
    }
    client.close();
    // The module's default export is its WebSocket class.
    const { default: WebSocket } = library as unknown as { default: Open };
    for (const url of [`${native}/ws`, `${main}/hierachain/ws`]) {
      const socket = new WebSocket(url.replace("https", "wss"), { ca });
      const told = new Promise((resolve, reject) => {
        socket.on("open", () => socket.send('{"type":"ping","timestamp":7}'));
        socket.on("message", resolve);
        socket.on("error", reject);
      });
      assertEquals(String(await within("an answer", told)), '{"type":"pong","timestamp":7}');
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.close();
      await within("the socket closes", closed);
    }
    await assertRejects(() => fetch(main.replace("https", "http")));
  }, { flags: flagsOf(folder) });
});

for (const edge of EDGES) {
  tlsTest(
    `${edge}: HTTP/2 is spoken with whoever speaks it, many requests at a time`,
    async (folder) => {
      const ca = await Deno.readTextFile(`${folder}/cert.pem`);
      await withServer(async ({ main }) => {
        const asking = new Deno.Command(Deno.execPath(), {
          args: ["run", "--allow-all", "--no-check", HTTP2_CLIENT, main, `${folder}/cert.pem`],
          stdin: "null",
        }).output();
        const { stdout, stderr } = await within("what the client is told", asking);
        const said = new TextDecoder().decode(stdout);
        assert(said !== "", new TextDecoder().decode(stderr));
        const report: Http2Report = JSON.parse(said);
        assertEquals([report.created, report.appended], [201, [204]]);
        assertEquals(new Set(JSON.parse(report.read)), new Set(Array(50).keys()));
        // A body that nobody reads is in nobody's way.
        assertEquals([report.nowhere, report.alive], [404, 200]);
        const client = Deno.createHttpClient({ caCerts: [ca], http2: false });
        if (edge === "node") {
          const scrape = async () => await (await fetch(`${main}/metrics`, { client })).text();
          await until(
            "it is gone",
            async () => (await scrape()).includes("\nledger_connections 1\n"),
          );
        }
        client.close();
      }, { flags: [...flagsOf(folder), `--edge=${edge}`] });
    },
  );
}

/** Bytes of an answer that no buffer of a system takes. */
const LONG = 16_000_000;

/** Runs `body` with a session of HTTP/2 at a port of which a test has the clock. */
async function withSession(
  folder: string,
  handler: () => Response | Promise<Response>,
  body: (
    session: ClientHttp2Session,
    clock: FakeClock,
    port: number,
    ca: string,
  ) => Promise<void>,
): Promise<void> {
  const [cert, key] = await Promise.all(
    ["cert", "key"].map((name) => Deno.readTextFile(`${folder}/${name}.pem`)),
  );
  assert(cert !== undefined && key !== undefined);
  const clock = new FakeClock();
  await withEdge("node", handler, async ({ port }) => {
    const session = connect(`https://localhost:${port}`, { ca: cert });
    session.on("error", () => {});
    await body(session, clock, port, cert);
    session.destroy();
  }, { clock, certificate: { cert, key } });
}

/** Lets seconds go by, with a turn in each for what is on its way. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** The status of an answer, or how its request ended without one. */
function statusOf(session: ClientHttp2Session, method = "GET"): Promise<unknown> {
  return new Promise((resolve) => {
    const stream = session.request({ ":method": method, ":path": "/" }, { endStream: true });
    stream.on("response", (headers) => resolve(headers[":status"]));
    stream.on("error", resolve).on("close", () => resolve("closed")).resume();
  });
}

tlsTest("a request of HTTP/2 without a body owes none while it waits", async (folder) => {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  let count = 0;
  const handler = async () => {
    if (++count === 2) asked.resolve();
    await free.promise;
    return new Response("late");
  };
  await withSession(folder, handler, async (session, clock) => {
    const statuses = Promise.all([statusOf(session), statusOf(session, "POST")]);
    await within("both are asked", asked.promise);
    await pass(clock, 60);
    free.resolve();
    assertEquals(await within("the answers", statuses), [200, 200]);
  });
});

tlsTest(
  "a connection of HTTP/2 that is asked for a sign of life is idle, and kept",
  async (folder) => {
    await withSession(folder, () => new Response("x"), async (session, clock) => {
      assertEquals(await within("an answer", statusOf(session)), 200);
      const ping = () =>
        new Promise<void>((resolve, reject) =>
          session.ping((error) => error === null ? resolve() : reject(error))
        );
      await within("a sign of life", ping());
      await pass(clock, 30);
      await within("another", ping());
      assertEquals(await within("an answer", statusOf(session)), 200);
    });
  },
);

tlsTest(
  "answers over HTTP/2 that nobody takes end their connection, whatever else it says",
  async (folder) => {
    const long = () => new Response(new Uint8Array(1_000_000));
    const small = () => new Response("x");
    for (const handler of [long, small]) {
      await withSession(folder, handler, async (session, clock) => {
        await within(
          "the settings",
          new Promise((resolve) => session.once("remoteSettings", resolve)),
        );
        session.settings({ initialWindowSize: 0 });
        const gone = new Promise<void>((resolve) => session.once("close", resolve));
        session.request({ ":path": "/" }).on("error", () => {});
        session.request({ ":path": "/" }).on("error", () => {});
        for (let second = 0; second < 60 && !session.destroyed; second++) {
          session.ping(() => {});
          await pass(clock, 1);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await within("its end", gone);
      });
    }
  },
);

tlsTest("whoever takes a long answer slowly over TLS gets all of it", async (folder) => {
  const handler = () => new Response(new Uint8Array(LONG));
  for (const protocol of ["http/1.1", "h2"]) {
    await withSession(folder, handler, async (session, clock, port, ca) => {
      let taken = 0;
      const reader = protocol === "h2"
        ? session.request({ ":path": "/" })
        : connectTls({ port, ca, host: "localhost", ALPNProtocols: [protocol] });
      reader.on("error", () => {}).on("data", (part: Uint8Array) => {
        taken += part.length;
        reader.pause();
      });
      if (protocol !== "h2") reader.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
      while (taken < LONG) {
        const before = taken;
        reader.resume();
        await until("more is taken", () => taken > before);
        clock.advance(200);
      }
      reader.destroy();
    });
  }
});

tlsTest("a connection of HTTP/2 has so many requests at one time, and no more", async (folder) => {
  let atOnce = 0;
  let most = 0;
  const handler = async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 1));
    atOnce--;
    return new Response("x");
  };
  await withSession(folder, handler, async (session) => {
    await within("the settings", new Promise((resolve) => session.once("remoteSettings", resolve)));
    const all = Array.from({ length: 1_000 }, () => statusOf(session));
    const statuses = new Set(await within("all answers", Promise.all(all)));
    assertEquals(statuses, new Set([200]));
    assert(most <= STREAMS_PER_CONNECTION, `${most} at once`);
  });
});

tlsTest("whoever begins TLS and says no more is a connection like others", async (folder) => {
  await withServer(async ({ main }) => {
    const ca = await Deno.readTextFile(`${folder}/cert.pem`);
    const client = Deno.createHttpClient({ caCerts: [ca] });
    const silent = await RawConnection.open(Number(new URL(main).port));
    await silent.write(new Uint8Array([0x16, 0x03, 0x01]));
    const scrape = async () => await (await fetch(`${main}/metrics`, { client })).text();
    await until(
      "both are counted",
      async () => (await scrape()).includes("\nledger_connections 2\n"),
    );
    silent.close();
    await until("it is gone", async () => (await scrape()).includes("\nledger_connections 1\n"));
    client.close();
  }, { flags: flagsOf(folder) });
});

tlsTest(
  "a certificate that cannot be served is named, and what a file holds is not",
  async (folder) => {
    const secret = "this is no PEM, and nobody should see it";
    await Deno.writeTextFile(`${folder}/text.pem`, secret);
    const cases: [string[], string][] = [
      [flagsOf(folder).slice(0, 1), "TLS needs both --tls-cert and --tls-key"],
      [flagsOf(folder).slice(1), "TLS needs both --tls-cert and --tls-key"],
      [flagsOf(folder, "none.pem"), "--tls-cert: cannot read"],
      [flagsOf(folder, "cert.pem", "none.pem"), "--tls-key: cannot read"],
      [flagsOf(folder, "text.pem"), "holds no certificate in PEM"],
      [flagsOf(folder, "key.pem"), "holds no certificate in PEM"],
      [flagsOf(folder, "cert.pem", "text.pem"), "holds no private key in PEM"],
      [flagsOf(folder, "cert.pem", "cert.pem"), "holds no private key in PEM"],
      [flagsOf(folder, "cert.pem", "other.pem"), "is not that of the certificate"],
    ];
    for (const [flags, words] of cases) {
      const error = await assertRejects(
        () => withServer(() => Promise.resolve(), { flags }),
        LedgerError,
      );
      assertEquals([flags, error.code], [flags, "config_invalid"]);
      assertStringIncludes(error.message, words);
      assertEquals(error.message.includes(secret), false);
    }
  },
);
