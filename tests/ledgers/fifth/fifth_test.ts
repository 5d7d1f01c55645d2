import { assertEquals, assertRejects } from "@std/assert";
import { parseSettingFlags } from "../../../src/cli/settings/setting_options.ts";
import { configure } from "../../../src/kernel/configuration.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { type Server, startServer } from "../../../src/server/server.ts";
import { settingsWith } from "../../../src/server/settings.ts";
import type { LedgerDefinition } from "../../../src/web/ledger.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { remoteOf } from "../../support/mirrors.ts";
import { PORTS_OFF } from "../../support/ports.ts";
import { withFolder } from "../../support/server.ts";
import { until } from "../../support/until.ts";
import { notes } from "./definition.ts";
import { followedNotes } from "./following.ts";

const KEY = "a-key-of-the-settings";

Deno.test("a ledger is a folder and a line: HTTP, sockets, settings, keys, replay and restart are there", async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${folder}/ledger.db`, `--api-keys=${KEY}`, "--notes-word=dear"];
    await withNotes(flags, async (native, main) => {
      assertEquals(await post(native, "one"), { offset: 0, count: 1 });
      assertEquals(await post(`${main}/notes`, "two"), { offset: 1, count: 2 });
      assertEquals(await heard(`${native}/ws`, "0", 2), ["dear one", "dear two"]);
    });
    await withNotes(flags, async (native, main) => {
      assertEquals(await post(native, "three"), { offset: 2, count: 3 });
      assertEquals(await heard(`${main}/notes/ws`, "1", 2), ["dear two", "dear three"]);
      const path = `${main}/v1/chains/notes%2Fall/verify`;
      const verified = await fetch(path, { method: "POST", headers: BEARER });
      const last = (await verified.text()).trim().split("\n").at(-1) ?? "";
      assertEquals(JSON.parse(last), { ok: true, events: 3, commits: 3, rows: 1 });
    });
  });
});

Deno.test("a ledger that is a folder and a line takes a key at every place", async () => {
  await withNotes(["--store=:memory:", `--api-keys=${KEY}`], async (native) => {
    for (const headers of [BEARER, { "x-api-key": KEY }]) {
      assertEquals((await asked(native, "n", headers)).status, 200);
      assertEquals(await heard(`${native}/ws`, "0", 1, { headers }), ["note n"]);
    }
    assertEquals(await heard(`${native}/ws?token=${KEY}`, "0", 1, {}), ["note n"]);
    const protocols = ["notes", `bearer.${KEY}`];
    assertEquals(await heard(`${native}/ws`, "0", 1, { protocols }), ["note n"]);
    const refused = await asked(native, "n", { "x-api-key": "another" });
    assertEquals([refused.status, (await asked(native, "n", {})).status], [401, 401]);
  });
});

Deno.test("what its routes and its socket do is in the documents of both ports by itself", async () => {
  await withNotes(["--store=:memory:"], async (native, main) => {
    for (const [origin, prefix] of [[native, ""], [main, "/notes"]] as const) {
      const { paths } = await (await fetch(`${origin}/openapi.json`)).json();
      assertEquals(paths[`${prefix}/notes`].post.summary, "Appends a note");
      assertEquals(paths[`${prefix}/notes`].post.responses["401"], {
        $ref: "#/components/responses/notes_401",
      });
      const { channels } = await (await fetch(`${origin}/asyncapi.json`)).json();
      const [channel] = Object.values<{ address: string }>(channels)
        .filter(({ address }) => address === `${prefix}/ws`);
      assertEquals(channel?.address, `${prefix}/ws`);
    }
  });
});

Deno.test("its events are told by their types with nothing of its own, whatever their data is", async () => {
  await withNotes(["--store=:memory:", `--api-keys=${KEY}`], async (native, main) => {
    await post(native, "one");
    await post(native, "two");
    const url = `${main}/v1/stream/notes/all`;
    const told = await (await fetch(url, { headers: BEARER })).json();
    const facts = told.map(({ type, keys, data }: Record<string, unknown>) => [type, keys, data]);
    assertEquals(facts, [["note", [], "note one"], ["note", [], "note two"]]);
    const [event] = await (await fetch(`${url}?format=cloudevents`, { headers: BEARER })).json();
    assertEquals([event.type, event.data], ["org.ledgerline.notes.note", "note one"]);
    assertEquals(event.dataschema, undefined);
  });
});

Deno.test("it follows one of its kind by what its definition says, and sends on what changes that", async () => {
  await withNotes(["--store=:memory:", `--api-keys=${KEY}`], async (there, remote) => {
    await post(there, "one");
    const flags = [`--notes-follow=${remote}`, `--notes-follow-key=${KEY}`];
    await withNotes(["--store=:memory:", `--api-keys=${KEY}`, ...flags], async (here, main) => {
      assertEquals(await heard(`${here}/ws`, "0", 1), ["note one"]);
      assertEquals(await post(here, "two"), { offset: 1, count: 2 });
      assertEquals(await post(`${main}/notes`, "three"), { offset: 2, count: 3 });
      assertEquals(await heard(`${here}/ws`, "1", 2), ["note two", "note three"]);
      const told = await remoteOf(main);
      assertEquals([told.name, told.state], ["notes", "following"]);
    }, followedNotes);
  });
});

Deno.test("a server does not follow another server and a node of a ledger", async () => {
  const flags = [
    "--store=:memory:",
    "--notes-follow=http://localhost:1",
    "--follow=http://localhost:1",
  ];
  const refused = withNotes(flags, () => Promise.resolve(), followedNotes);
  await assertRejects(() => refused, LedgerError, "a server does one of both");
});

const BEARER = { authorization: `Bearer ${KEY}` };

async function withNotes(
  args: readonly string[],
  body: (native: string, main: string) => Promise<void>,
  ledger: LedgerDefinition = notes,
): Promise<void> {
  const ledgers = [...LEDGERS, ledger];
  const settings = settingsWith(ledgers);
  const flags = [...args, "--host=127.0.0.1", "--port=0", "--notes-port=0"];
  const server = await startServer(
    configure(settings, {
      flags: parseSettingFlags(settings, [...flags, "--hierachain-port=off"]),
      variable: (name) => PORTS_OFF[name],
    }),
    { ledgers },
  );
  try {
    await body(originOf(server, "notes"), originOf(server, "main"));
  } finally {
    await server.stop();
  }
}

function originOf({ ports }: Server, wanted: string): string {
  return ports.find(({ name }) => name === wanted)?.origin ?? "";
}

async function asked(origin: string, body: string, headers: HeadersInit): Promise<Response> {
  const response = await fetch(`${origin}/notes`, { method: "POST", body, headers });
  return new Response(await response.text(), response);
}

async function post(origin: string, body: string): Promise<unknown> {
  return await (await asked(origin, body, BEARER)).json();
}

/** The first messages of a socket that reads from an offset on. */
async function heard(
  url: string,
  from: string,
  count: number,
  options: WebSocketOptions = { headers: BEARER },
): Promise<string[]> {
  const told: string[] = [];
  const socket = new WebSocket(url.replace("http", "ws"), options);
  socket.onmessage = ({ data }) => told.push(JSON.parse(data));
  socket.onopen = () => socket.send(from);
  await until("the messages", () => told.length >= count);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  return told.slice(0, count);
}
