import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeClock } from "../../support/fake_clock.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { HANDSHAKE, type RawAnswer, rawRequest } from "../../support/raw_http.ts";
import { FORMS } from "./forms.ts";

/** Every native port, each where the system has room. */
const PORTS = [
  "hathor-port",
  "bigchaindb-port",
  "bigchaindb-stream-port",
  "planetmint-port",
  "planetmint-stream-port",
  "streams-port",
].map((name) => `--${name}=0`);

const KEY = "a-key-of-the-settings";
const EVIL = "https://evil.example";

/** What can be read of each ledger, changed, and opened as a socket, below each of its origins. */
interface Places {
  readonly name: string;
  readonly origin: string;
  readonly read: string;
  /** Method, path and body of what changes something. */
  readonly write: readonly [string, string, string] | undefined;
  readonly socket: string | undefined;
}

function placesOf({ server, main }: LocalServer): Places[] {
  const ports = server.ports.filter(({ name }) => name !== "main");
  const named = (name: string) => ports.filter((port) => port.name === name);
  const hierachain = (origin: string): Places => ({
    name: "hierachain",
    origin,
    read: "/api/ledger/chains",
    write: ["POST", "/api/ledger/chains/c/create", ""],
    socket: "/ws",
  });
  const hathor = (origin: string): Places => ({
    name: "hathor",
    origin,
    read: "/v1a/status",
    write: ["POST", "/v1a/push_tx", `{"hex_tx":"00"}`],
    socket: "/v1a/ws",
  });
  const bigchaindb = (name: string) => (origin: string, at: number): Places => ({
    name,
    origin,
    read: at === 1 ? "/api/v1/streams/valid_transactions" : "/api/v1/outputs?public_key=x",
    write: at === 1 ? undefined : ["POST", "/api/v1/transactions", "{}"],
    socket: "/api/v1/streams/valid_transactions",
  });
  const streams = (origin: string): Places => ({
    name: "streams",
    origin: `${origin}/v1/stream`,
    read: "/s",
    write: ["PUT", "/s2", "x"],
    socket: "/s",
  });
  const own: Places[] = [
    streams(main),
    {
      name: "main",
      origin: main,
      read: "/v1/chains",
      write: ["DELETE", "/v1/keys/x", ""],
      socket: undefined,
    },
    hierachain(`${main}/hierachain`),
    hathor(`${main}/hathor`),
    bigchaindb("bigchaindb")(`${main}/bigchaindb`, 0),
    bigchaindb("planetmint")(`${main}/planetmint`, 0),
  ];
  return [
    ...own,
    ...named("streams").map(({ origin }) => streams(origin)),
    ...named("hierachain").map(({ origin }) => hierachain(origin)),
    ...named("hathor").map(({ origin }) => hathor(origin)),
    ...named("bigchaindb").map(({ origin }, at) => bigchaindb("bigchaindb")(origin, at)),
    ...named("planetmint").map(({ origin }, at) => bigchaindb("planetmint")(origin, at)),
  ];
}

/** Runs `body` with every port of a server, on which there is a stream. */
function withPlaces(
  body: (places: readonly Places[], local: LocalServer) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  return withServer(async (local) => {
    const made = await fetch(`${local.main}/v1/stream/s`, {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
      body: "[1]",
    });
    await made.body?.cancel();
    assertEquals(made.status, 201);
    const places = placesOf(local);
    assertEquals(places.length, 13);
    await body(places, local);
  }, { flags: [...PORTS, ...flags] });
}

type Extra = Readonly<Record<string, string | undefined>>;

/** Asks below an origin that may have a path. */
function ask(
  { origin }: Places,
  method: string,
  path: string,
  headers: Extra = {},
  body = "",
): Promise<RawAnswer> {
  return rawRequest(origin, method, new URL(origin).pathname.replace(/\/$/, "") + path, {
    "content-type": body === "" ? undefined : "application/json",
    ...headers,
  }, body);
}

/** Everything that is asked at a place: its answers by what was asked. */
async function askAll(place: Places, headers: Extra): Promise<Record<string, RawAnswer>> {
  const { read, write, socket } = place;
  const answers: Record<string, RawAnswer> = { read: await ask(place, "GET", read, headers) };
  if (write !== undefined) {
    answers.write = await ask(place, write[0], write[1], headers, write[2]);
  }
  if (socket !== undefined) {
    answers.socket = await ask(place, "GET", socket, { ...HANDSHAKE, ...headers });
  }
  return answers;
}

const NO_HOSTS = [
  "[::1",
  "a b",
  "a:99999",
  "%",
  "",
  "u@h",
  "u:p@localhost",
  "localhost/x",
  "localhost?x",
  "localhost#x",
  "localhost\\x",
  "a,b",
  "[::1]x",
  "::1",
  "999.1.1.1",
  "caf\u00e9.example",
  `${"a".repeat(300)}.example`,
];

for (const flags of [[], [`--api-keys=${KEY}`]]) {
  Deno.test(`a Host that is none is 400 in the words of what is asked, with [${flags}]`, async () => {
    await withPlaces(async (places) => {
      for (const place of places) {
        for (const host of NO_HOSTS) {
          const answers = await askAll(place, { host });
          for (const [what, { status, body }] of Object.entries(answers)) {
            const where = `${place.origin} ${what} ${JSON.stringify(host)} ${body}`;
            assertEquals(status, 400, where);
            const members = Object.keys(JSON.parse(body)).sort().join();
            assertEquals(members, FORMS[place.name], where);
          }
        }
        // So is one in the target, which counts before the header.
        const { pathname, host } = new URL(place.origin);
        const target = `http://[::1${pathname}`;
        assertEquals((await rawRequest(place.origin, "GET", target, { host })).status, 400);
      }
    }, flags);
  });
}

Deno.test("a target that is too long is 414, with a key and without", async () => {
  await withPlaces(async (places) => {
    for (const place of places) {
      const headers = { authorization: `Bearer ${KEY}` };
      for (const path of [`/${"x".repeat(17_000)}`, `/x?${"y".repeat(17_000)}`]) {
        const { status, body } = await ask(place, "GET", path, headers);
        assertEquals([place.origin, status], [place.origin, 414]);
        assertEquals(Object.keys(JSON.parse(body)).sort().join(), FORMS[place.name]);
      }
    }
  }, [`--api-keys=${KEY}`]);
});

Deno.test("a name that was pointed here reads, writes and opens nothing of a server without keys", async () => {
  await withPlaces(async (places, { main }) => {
    for (const place of places) {
      const { port } = new URL(place.origin);
      for (const name of ["attacker.example", "10.1.2.3", "127.0.0.1.attacker.example"]) {
        const host = `${name}:${port}`;
        for (const more of [{}, { origin: `http://${host}`, "sec-fetch-site": "same-origin" }]) {
          for (const [what, answer] of Object.entries(await askAll(place, { host, ...more }))) {
            const where = [place.origin, what, host];
            assertEquals([...where, answer.status], [...where, 403]);
            assertStringIncludes(answer.body, "--allowed-hosts");
            assertEquals(answer.headers.get("access-control-allow-origin"), null);
          }
        }
      }
    }
    // Nothing was written, and it was counted.
    assertEquals((await rawRequest(main, "GET", "/v1/stream/s2")).status, 404);
    const { body } = await rawRequest(main, "GET", "/metrics");
    assertMatch(body, /ledger_requests_refused_total\{reason="host"\} [1-9]/);
    assertMatch(body, /ledger_upgrade_rejected_total\{ledger="hathor",reason="host"\} [1-9]/);
  });
});

Deno.test("a server answers to its own names, and to those that are listed", async () => {
  const isServed = async (origin: string, host: string) =>
    (await rawRequest(origin, "GET", "/v1/chains", { host })).status === 200;
  const own = ["localhost", "LOCALHOST:1", "a.localhost", "127.0.0.1:8000", "127.1", "[::1]:8000"];
  await withServer(async ({ main }) => {
    for (const host of [...own, "ledger:8000", "x.example."]) {
      assert(await isServed(main, host), host);
    }
    for (const host of ["other", "192.168.1.2", "[fe80::1]", "ledger.example"]) {
      assertEquals(await isServed(main, host), false, host);
    }
  }, { flags: ["--allowed-hosts=ledger, x.example:80"] });
  await withServer(async ({ main }) => {
    assert(await isServed(main, "whatever.example"));
  }, { flags: ["--allowed-hosts=*"] });
  // Beyond this machine addresses count as well: none of them can be pointed here.
  await withServer(async ({ main }) => {
    const origin = main.replace("0.0.0.0", "127.0.0.1");
    for (const host of [...own, "192.168.1.2:8000", "[fd00::1]"]) {
      assert(await isServed(origin, host), host);
    }
    assertEquals(await isServed(origin, "attacker.example"), false);
  }, { flags: ["--host=0.0.0.0", "--allow-anonymous=true"] });
  // Where a key is needed, it is what keeps strangers out.
  await withServer(async ({ main }) => {
    const headers = { host: "whatever.example", "x-api-key": KEY };
    assertEquals((await rawRequest(main, "GET", "/v1/chains", headers)).status, 200);
  }, { flags: [`--api-keys=${KEY}`] });
});

for (const flags of [[], [`--api-keys=${KEY}`]]) {
  Deno.test(`a page of somebody else may read nothing and change nothing, with [${flags}]`, async () => {
    await withPlaces(async (places, { main }) => {
      const key = flags.length === 0 ? {} : { authorization: `Bearer ${KEY}` };
      for (const place of places) {
        for (const origin of [EVIL, "null", "http://localhost.evil.example", "data:"]) {
          const answers = await askAll(place, { ...key, origin });
          const where = `${place.origin} ${origin}`;
          for (const [what, { status, headers }] of Object.entries(answers)) {
            assertEquals([where, what, headers.get("access-control-allow-origin")], [
              where,
              what,
              null,
            ]);
            if (what !== "read") assertEquals([where, what, status], [where, what, 403]);
          }
          const preflight = await ask(place, "OPTIONS", place.read, {
            origin,
            "access-control-request-method": "PUT",
            "access-control-request-private-network": "true",
          });
          // For a browser that is a no; the public suite of the streams wants a good status.
          for (const name of ["origin", "private-network"]) {
            const allowed = preflight.headers.get(`access-control-allow-${name}`);
            assertEquals([where, preflight.status, allowed], [where, 204, null]);
          }
        }
        // What browsers send without an origin.
        for (const [method, path, body] of place.write === undefined ? [] : [place.write]) {
          for (const site of ["cross-site", "who-knows"]) {
            const headers = { ...key, "sec-fetch-site": site, "content-type": "text/plain" };
            const { status } = await ask(place, method, path, headers, body);
            assertEquals([place.origin, site, status], [place.origin, site, 403]);
          }
        }
        const image = { ...key, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
        assertEquals((await ask(place, "GET", place.read, image)).status, 403);
      }
      const { body } = await rawRequest(main, "GET", "/metrics");
      assertMatch(body, /ledger_requests_refused_total\{reason="origin"\} [1-9]/);
      assertMatch(body, /ledger_upgrade_rejected_total\{ledger="streams",reason="origin"\} [1-9]/);
    }, flags);
  });
}

Deno.test("pages of this machine, files, listed pages and programs that repeat the host may do all", async () => {
  await withPlaces(async (places) => {
    for (const place of places) {
      const { host } = new URL(place.origin);
      const pages = [
        "http://localhost:3000",
        "http://127.0.0.1:5173",
        "file://",
        "https://listed.example",
        host,
      ];
      for (const origin of pages) {
        for (const [what, answer] of Object.entries(await askAll(place, { origin }))) {
          const where = [place.origin, what, origin];
          // The first key is for programs of this machine alone.
          const isAdmin = place.name === "main" && what === "write";
          if (!isAdmin) assert(answer.status !== 403, where.join());
          if (what === "socket") assertEquals([...where, answer.status], [...where, 101]);
          else {
            const allowed = answer.headers.get("access-control-allow-origin");
            assertEquals([...where, allowed], [...where, origin]);
            assertMatch(answer.headers.get("vary") ?? "", /origin/i);
          }
        }
      }
      const preflight = await ask(place, "OPTIONS", place.read, {
        origin: "https://listed.example",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization, producer-id",
        "access-control-request-private-network": "true",
      });
      const named = (name: string) => preflight.headers.get(`access-control-allow-${name}`);
      assertEquals([preflight.status, named("origin")], [204, "https://listed.example"]);
      assertStringIncludes(named("methods") ?? "", "PUT");
      assertEquals(named("headers"), "authorization, producer-id");
      assertEquals(named("private-network"), "true");
    }
  }, ["--allowed-origins=https://listed.example"]);
});

Deno.test("every answer is taken for what it says it is, and none is for pages of anybody", async () => {
  await withPlaces(async (places) => {
    for (const place of places) {
      for (const path of [place.read, "/nothing", "/"]) {
        for (const method of ["GET", "HEAD", "OPTIONS", "PATCH"]) {
          const { headers } = await ask(place, method, path);
          const where = `${place.origin} ${method} ${path}`;
          assertEquals([where, headers.get("x-content-type-options")], [where, "nosniff"]);
          assertEquals([where, headers.get("access-control-allow-origin")], [where, null]);
        }
      }
    }
  });
});

Deno.test("a link on any page may be followed, but changes nothing", async () => {
  await withPlaces(async (places) => {
    const link = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    for (const place of places) {
      const { status } = await ask(place, "GET", place.read, link);
      assert(status !== 403, place.origin);
      if (place.name !== "hathor") continue;
      const pushed = await ask(place, "GET", "/v1a/push_tx?hex_tx=00", link);
      assertEquals([place.origin, pushed.status], [place.origin, 403]);
      assertEquals((await ask(place, "GET", "/v1a/push_tx?hex_tx=00")).status, 200);
    }
  });
});

Deno.test("what users stored is shown as no page of this server", async () => {
  await withServer(async ({ main }) => {
    const kinds: [string, string | null][] = [
      ["text/html", "attachment"],
      ["image/svg+xml", "attachment"],
      ["application/xhtml+xml; charset=utf-8", "attachment"],
      ["text/javascript", "attachment"],
      ["application/pdf", "attachment"],
      ["TEXT/XML", "attachment"],
      ["multipart/x-mixed-replace;boundary=x", "attachment"],
      // Of a list browsers take the last.
      ["text/plain;x=y, text/html", "attachment"],
      ["application/json", null],
      ["text/plain;charset=utf-8", null],
      ["application/octet-stream", null],
    ];
    for (const [at, [type, disposition]] of kinds.entries()) {
      const body = type === "application/json" ? "[1]" : "<script>alert(1)</script>";
      const path = `/v1/stream/planted-${at}`;
      const made = await rawRequest(main, "PUT", path, { "content-type": type }, body);
      assertEquals([type, made.status], [type, 201]);
      for (const query of ["", "?offset=-1", "?offset=-1&live=long-poll"]) {
        const { headers, status } = await rawRequest(main, "GET", path + query);
        const named = (name: string) => headers.get(name);
        assertEquals([status, named("content-type")], [200, type]);
        assertEquals([type, named("content-disposition")], [type, disposition]);
        assertEquals(named("content-security-policy"), "sandbox");
        assertEquals(named("x-content-type-options"), "nosniff");
        assertEquals(named("cross-origin-resource-policy"), "same-origin");
      }
    }
  });
});

Deno.test("a page of somebody else does not keep a stream alive by reading it", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const path = "/v1/stream/s";
    await rawRequest(main, "PUT", path, { "stream-ttl": "10", "content-type": "text/plain" }, "x");
    const read = async (headers: Extra) => (await rawRequest(main, "GET", path, headers)).status;
    clock.advance(8_000);
    assertEquals(await read({}), 200);
    clock.advance(8_000);
    assertEquals(await read({ origin: EVIL }), 200);
    clock.advance(8_000);
    assertEquals(await read({}), 404);
  }, { clock });
});
