import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "node:http2";
import * as library from "ws";
import { LedgerError } from "../../src/kernel/errors.ts";
import { EDGES, RawConnection } from "../support/edges.ts";
import { withServer } from "../support/in_process.ts";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { withFolder } from "../support/server.ts";
import { until, within } from "../support/until.ts";

/** What is used here of npm `ws`, which brings no types. */
interface Library {
  on(event: "open" | "close" | "error" | "message", listener: (detail: unknown) => void): void;
  send(text: string): void;
  close(): void;
}

type Open = new (url: string, options: { readonly ca: string }) => Library;

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
        const session = connect(main, { ca });
        const ask = (method: string, path: string, body?: string) =>
          new Promise<{ status: unknown; text: string }>((resolve, reject) => {
            const stream = session.request({
              ":method": method,
              ":path": path,
              "content-type": "application/json",
            }, { endStream: body === undefined });
            let status: unknown;
            let text = "";
            stream.on("response", (headers) => status = headers[":status"]);
            stream.on("data", (part) => text += String(part));
            stream.on("end", () => resolve({ status, text }));
            stream.on("error", reject);
            if (body !== undefined) stream.end(body);
          });
        assertEquals((await ask("PUT", "/v1/stream/s")).status, 201);
        const numbers = Array.from({ length: 50 }, (_, at) => at);
        const told = await Promise.all(
          numbers.map((at) => ask("POST", "/v1/stream/s", String(at))),
        );
        assertEquals(new Set(told.map(({ status }) => status)), new Set([204]));
        const { text } = await ask("GET", "/v1/stream/s?offset=-1");
        assertEquals(new Set(JSON.parse(text)), new Set(numbers));
        // A body that nobody reads is in nobody's way.
        assertEquals((await ask("POST", "/nowhere", "x".repeat(1_000))).status, 404);
        assertEquals((await ask("GET", "/livez")).status, 200);
        const closed = new Promise<void>((resolve) => session.on("close", resolve));
        session.close();
        await within("the session closes", closed);
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
