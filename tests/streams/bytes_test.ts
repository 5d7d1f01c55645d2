import { assert, assertEquals } from "@std/assert";
import { concat } from "../support/bytes.ts";
import fc from "fast-check";
import { StreamClient } from "../../src/client/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { eventsIn, readBySse } from "../support/sse_reader.ts";
import { eventsOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Reads a stream from its beginning to its end. */
type Transport = (api: StreamsApi, name: string, origin: string) => Promise<readonly Uint8Array[]>;

const byGet = (live: string): Transport => async (api, name) => {
  const parts: Uint8Array[] = [];
  for (let offset = "-1", isEnd = false; !isEnd;) {
    const response = await fetch(api.url(`${name}?offset=${offset}${live}`));
    parts.push(await response.bytes());
    offset = response.headers.get("stream-next-offset") ?? "";
    isEnd = response.headers.get("stream-closed") === "true";
  }
  return parts;
};

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  "GET": byGet(""),
  "long poll": byGet("&live=long-poll"),
  "server-sent events": async (api, name) => (await readBySse(api.url(name))).parts,
  "server-sent events, encoded": async (api, name) =>
    (await readBySse(api.url(name), "&encoding=base64")).parts,
  "WebSocket": async (_api, name, origin) => {
    const socket = await streamSocket(origin, name, "?offset=-1");
    await within("the stream ends", socket.closed);
    return eventsOf(socket).map(({ data }) => Uint8Array.fromBase64(data));
  },
  "the client": async (api, name) => {
    const parts: Uint8Array[] = [];
    await using client = new StreamClient<Uint8Array>(api.url(name));
    for await (const { data } of client.follow()) parts.push(data);
    return parts;
  },
};

const TYPES = [
  "text/plain",
  "text/html; charset=UTF-8",
  "text/plain; charset=iso-8859-1",
  "application/octet-stream",
  "image/png",
];

/** Makes a stream of pieces, and closes it. */
async function write(
  api: StreamsApi,
  name: string,
  type: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const headers = { "content-type": type };
  await api.send("PUT", name, { headers });
  for (const piece of pieces) {
    const body = new Uint8Array(piece);
    assertEquals((await api.send("POST", name, { headers, body })).status, 204);
  }
  await api.send("POST", name, { headers: { "stream-closed": "true" } });
}

/** Cuts bytes at some places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length];
  ends.sort((one, other) => one - other);
  let from = 0;
  return ends.map((end) => bytes.subarray(from, from = end)).filter(({ length }) => length > 0);
}

/** A carriage return before a line feed is the one thing that text in events cannot tell. */
function isWithoutReturns(bytes: Uint8Array): boolean {
  return !bytes.some((byte, at) => byte === 13 && bytes[at + 1] === 10);
}

const text = fc.array(
  fc.constantFrom(
    "\ufeff",
    "a",
    " ",
    "é",
    "€",
    "😀",
    "\n",
    "\n\n",
    "\0",
    "\u2028",
    "data:",
    ":",
    "\r",
  ),
  { minLength: 1, maxLength: 30 },
).map((words) => encode(words.join("")));
const bytes = fc.oneof(
  text,
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.tuple(text, fc.uint8Array({ maxLength: 4 }), text).map((parts) => concat(parts)),
);

Deno.test("whatever is appended, in whatever pieces, comes out of every transport as it was", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.array(fc.nat(100), { maxLength: 12 }),
        fc.constantFrom(...TYPES),
        async (whole, places, type) => {
          const name = `s${made++}`;
          await write(api, name, type, cut(whole, places));
          for (const [transport, read] of Object.entries(TRANSPORTS)) {
            const isText = transport === "server-sent events" && type.startsWith("text/");
            if (isText && !isWithoutReturns(whole)) continue;
            const parts = await read(api, name, main);
            assertEquals([transport, type, concat([...parts])], [transport, type, whole]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

Deno.test("pages end anywhere, and nothing of a character is lost between two", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const long = encode("日本語のテキスト€".repeat(30_000));
    for (const [at, size] of [100_001, 65_537, 300_000].entries()) {
      const places = Array.from({ length: Math.ceil(long.length / size) }, (_, n) => n * size);
      await write(api, `long-${at}`, "text/plain", cut(long, places));
      for (const [transport, read] of Object.entries(TRANSPORTS)) {
        const parts = await read(api, `long-${at}`, main);
        assert(indexOfDifference(concat([...parts]), long) === undefined, `${transport} ${size}`);
      }
    }
  });
});

function indexOfDifference(one: Uint8Array, other: Uint8Array): number | undefined {
  if (one.length !== other.length) return Math.min(one.length, other.length);
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at < 0 ? undefined : at;
}

Deno.test("a character that comes in two appends is told when it is whole", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const headers = { "content-type": "text/plain" };
    await api.send("PUT", "s", { headers });
    const response = await fetch(api.url("s?offset=-1&live=sse"));
    const told = response.bytes();
    for (
      const body of [encode("a"), Uint8Array.of(0xe2), Uint8Array.of(0x82, 0xac), encode("\ufeff ")]
    ) {
      await api.send("POST", "s", { headers, body });
    }
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const events = eventsIn(await within("the event stream ends", told));
    const data = events.filter(({ name }) => name === "data").map(({ data }) => data);
    assertEquals(data.join(""), "a€\ufeff ");
    assertEquals(response.headers.has("stream-sse-data-encoding"), false);
    assertEquals(JSON.parse(events.at(-1)?.data ?? "").streamClosed, true);
  });
});

Deno.test("text that turns out to be none goes on as base64, from the same place", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const headers = { "content-type": "text/plain" };
    await api.send("PUT", "s", { headers });
    const reading = readBySse(api.url("s"));
    for (const body of [encode("a"), Uint8Array.of(0xff), encode("b")]) {
      await api.send("POST", "s", { headers, body });
    }
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const { parts } = await within("everything is read", reading);
    assertEquals(concat([...parts]), Uint8Array.of(0x61, 0xff, 0x62));
  });
});

Deno.test("text that every reader takes for text stays text", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await write(api, "s", "text/plain", [encode("line1\r\n  line2\n\n"), encode("é\n")]);
    const { parts, encodings } = await readBySse(api.url("s"));
    assertEquals(encodings, ["text"]);
    assertEquals(new TextDecoder().decode(concat([...parts])), "line1\n  line2\n\né\n");
  });
});

Deno.test("JSON is the messages that were sent, by every transport", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const odd = [
      "-0",
      "1e400",
      '"\\ud800"',
      '{"__proto__":1,"a":1,"a":2}',
      '"\ufeff\u2028"',
      "[[]]",
    ];
    const headers = { "content-type": "application/json" };
    await api.send("PUT", "s", { headers });
    for (const body of odd) await api.send("POST", "s", { headers, body: `[${body}]` });
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const whole = `[${odd.join(",")}]`;
    assertEquals((await api.get("s")).text, whole);
    const { parts } = await readBySse(api.url("s"));
    assertEquals(new TextDecoder().decode(concat([...parts])), whole);
    const socket = await streamSocket(main, "s", "?offset=-1");
    await within("the stream ends", socket.closed);
    assertEquals(
      JSON.stringify(eventsOf(socket).map(({ data }) => data)),
      JSON.stringify(JSON.parse(whole)),
    );
  });
});

Deno.test("half a character that nothing follows is told a minute later", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const headers = { "content-type": "text/plain" };
    await api.send("PUT", "s", { headers });
    for (const body of [encode("a"), Uint8Array.of(0xe2)]) {
      await api.send("POST", "s", { headers, body });
    }
    const response = await fetch(api.url("s?offset=-1&live=sse"));
    const told = response.bytes();
    let isOver = false;
    void told.then(() => isOver = true);
    await until("the minute is over", () => {
      clock.advance(10_000);
      return isOver;
    });
    const [data, control] = eventsIn(await told);
    assertEquals(data?.data, "a");
    const { streamNextOffset, upToDate } = JSON.parse(control?.data ?? "");
    assertEquals(upToDate, undefined);
    const next = await fetch(api.url(`s?offset=${streamNextOffset}&live=sse`));
    assertEquals(next.headers.get("stream-sse-data-encoding"), "base64");
    const reader = next.body?.getReader();
    const [{ data: rest = "" } = {}] = eventsIn((await reader?.read())?.value ?? new Uint8Array());
    assertEquals(rest, "4g==");
    await reader?.cancel();
  }, { clock });
});
