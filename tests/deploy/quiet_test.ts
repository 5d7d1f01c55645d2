import { assert, assertEquals } from "@std/assert";
import { QUIET_MS, SHUTDOWN_MS } from "../../src/kernel/limits.ts";
import { frame, handshake, writeAll } from "../support/raw_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { within } from "../support/until.ts";
import { KILLED_AFTER_MS } from "./instance.ts";
import { IDLE_MS, KEY, KEYED, platformTest } from "./platform.ts";

/** Signs of life that a silent connection has to show. */
const SIGNS = 2;

/** The opcodes of frames that ask for a sign of life and give one, and the first byte of the former. */
const PONG = 0xa;
const PING_BYTE = 0x89;

/** Reads an answer until it has said something so many times. */
async function signsOf(url: string, sign: string): Promise<void> {
  const answer = await fetch(url, { headers: KEYED });
  assertEquals(answer.status, 200);
  const texts = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.split(sign).length <= SIGNS) text += (await texts?.read())?.value ?? "";
  await texts?.cancel();
}

/** Answers the pings of a socket, until there were so many. */
async function pingsOf(origin: string, path: string): Promise<void> {
  const { status, connection } = await handshake(origin, `${path}?token=${KEY}`);
  assertEquals(status, 101);
  const buffer = new Uint8Array(64 * 1024);
  for (let pings = 0; pings < SIGNS;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("the socket was closed");
    // What a welcome is of comes in pieces of its own.
    if (buffer[0] !== PING_BYTE) continue;
    pings++;
    await writeAll(connection, frame(PONG, buffer.slice(2, count)));
  }
  connection.close();
}

Deno.test("signs of life are shown more often than the platform stops an instance, and a stop is over before it kills one", () => {
  assert(QUIET_MS < IDLE_MS);
  assert(SHUTDOWN_MS < KILLED_AFTER_MS);
});

platformTest(
  "an event stream, a chain that is followed and a socket show signs of life when nothing happens",
  {},
  async (platform) => {
    const { origin } = platform;
    await new StreamsApi(origin).create("s", KEYED);
    const shown = {
      "an event stream": signsOf(`${origin}/v1/stream/s?offset=-1&live=sse`, ":\n\n"),
      "a chain that is followed": signsOf(
        `${origin}/v1/chains/streams%2Fs/events?follow=true`,
        "\n\n",
      ),
      "a socket": pingsOf(origin, "/hierachain/ws"),
    };
    await Promise.all(
      Object.entries(shown).map(([what, signs]) => within(`signs of life of ${what}`, signs)),
    );
  },
);

platformTest(
  "a long poll is answered before its instance could be stopped, however long it is to wait",
  { variables: { LEDGER_API_KEYS: KEY, LEDGER_STREAMS_LONG_POLL_SECONDS: "300" } },
  async (platform) => {
    const api = new StreamsApi(platform.origin);
    const next = await api.create("s", KEYED);
    const held = api.get(`s?offset=${next}&live=long-poll`, KEYED);
    assertEquals((await within("an answer", held)).status, 204);
  },
);
