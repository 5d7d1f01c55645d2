import { assert, assertEquals } from "@std/assert";
import { withServer } from "../support/in_process.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

const TEXT = { "content-type": "text/plain" };

/** What is longer than any key of the store, in the forms that a client may give it. */
const LONG = "x".repeat(2_100);

Deno.test("a name, an id or a header of any length is answered by the protocol, never with 500", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.send("PUT", "s", { headers: TEXT });
    const wide = "%F0%9F%98%80".repeat(600);
    const control = "__ds/subscriptions";
    const asked: [method: string, path: string, headers: Record<string, string>][] = [
      ...["GET", "HEAD", "PUT", "POST", "DELETE"].flatMap((method): typeof asked => [
        [method, LONG, TEXT],
        [method, wide, TEXT],
        [method, `${"a/".repeat(1_050)}a`, TEXT],
        [method, "%00".repeat(700), TEXT],
        [method, "%ff", TEXT],
        [method, "%", TEXT],
        [method, "%E0%A4%A", TEXT],
        [method, "a//b", TEXT],
      ]),
      ...["GET", "PUT", "DELETE"].flatMap((method): typeof asked => [
        [method, `${control}/${LONG}`, {}],
        [method, `${control}/${wide}`, {}],
        [method, `${control}/%ff`, {}],
      ]),
      ["DELETE", `${control}/x/streams/${LONG}`, {}],
      ["DELETE", `${control}/x/streams/%ff`, {}],
      ["POST", `${control}/${LONG}/claim`, {}],
      ["GET", `s?offset=${LONG}`, {}],
      ["GET", `s?offset=-1&live=${LONG}`, {}],
      ["GET", `s?live=ws&after=${LONG}`, {}],
      ["GET", `s?live=ws&since=${LONG}`, {}],
      ["GET", `s?live=ws&window=${LONG}`, {}],
      ["GET", `s?live=ws&type=${LONG}`, {}],
      ["PUT", "t", { "content-type": `text/${LONG}` }],
      ["PUT", "t", { "content-type": `text/plain; x=${LONG}` }],
      ["PUT", "t", { ...TEXT, "stream-forked-from": `/v1/stream/${LONG}` }],
      ["PUT", "t", { ...TEXT, "stream-forked-from": "/v1/stream/%ff" }],
      ["PUT", "t", { ...TEXT, "stream-forked-from": "/v1/stream/s", "stream-fork-offset": LONG }],
      ["PUT", "t", { ...TEXT, "stream-ttl": "9".repeat(2_100) }],
      ["PUT", "t", { ...TEXT, "stream-expires-at": LONG }],
      ["POST", "s", { ...TEXT, "stream-seq": LONG }],
      [
        "POST",
        "s",
        { ...TEXT, "producer-id": LONG, "producer-epoch": "0", "producer-seq": "0" },
      ],
      [
        "POST",
        "s",
        { ...TEXT, "producer-id": "p", "producer-epoch": "9".repeat(2_100), "producer-seq": "0" },
      ],
    ];
    for (const [method, path, headers] of asked) {
      const hasBody = method === "POST" || method === "PUT";
      const { status } = await api.send(method, path, {
        headers,
        ...(hasBody && !path.includes(control) ? { body: "x" } : {}),
      });
      const what = `${method} ${path.slice(0, 60)} ${JSON.stringify(headers).slice(0, 80)}`;
      assert([400, 414, 431].includes(status), `${what}: ${status}`);
    }
    for (const [name, status] of [["if-none-match", 200], ["accept", 200]] as const) {
      assertEquals((await api.get("s", { [name]: LONG })).status, status);
    }
    // The longest that there may be.
    const most = "%E4%BD%A0".repeat(248);
    assertEquals((await api.send("PUT", most, { headers: TEXT })).status, 201);
    assertEquals((await api.get(most)).status, 200);
    const id = "p".repeat(256);
    const producer = { "producer-id": id, "producer-epoch": "0", "producer-seq": "0" };
    const headers = { ...TEXT, ...producer, "stream-seq": "9".repeat(256) };
    assertEquals((await api.send("POST", most, { headers, body: "x" })).status, 200);
    assertEquals((await api.send("POST", most, { headers, body: "x" })).status, 204);
  });
});

Deno.test("a stream lives until a time that there is, or for seconds in plain digits", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const refused: [header: string, value: string][] = [
      ...[
        "2099-02-30T00:00:00Z",
        "2099-02-29T00:00:00Z",
        "2099-04-31T12:00:00+01:00",
        "2099-13-01T00:00:00Z",
        "2099-00-10T00:00:00Z",
        "2099-01-00T00:00:00Z",
        "2099-01-01T24:00:00Z",
        "2099-01-01T23:60:00Z",
        "2099-01-01T23:59:60Z",
        "2099-01-01T00:00:00+24:00",
        "2099-01-01T00:00:00+01:60",
        "2099-01-01T00:00:00+0100",
        "2099-01-01T00:00:00",
        "2099-01-01T00:00Z",
        "2099-01-01",
        "2099-01-01 00:00:00Z",
        "+02099-01-01T00:00:00Z",
        "2099-1-1T00:00:00Z",
        "Thu, 01 Jan 2099 00:00:00 GMT",
        "4070908800",
      ].map((value): [string, string] => ["stream-expires-at", value]),
      ...[
        "01",
        "+5",
        "-1",
        "1e3",
        "1.0",
        "0x10",
        "1_000",
        "9007199254740993",
        "Infinity",
        "NaN",
        "1 2",
      ]
        .map((value): [string, string] => ["stream-ttl", value]),
    ];
    for (const [header, value] of refused) {
      const { status, text } = await api.send("PUT", "s", { headers: { [header]: value } });
      assertEquals([value, status, JSON.parse(text).code], [value, 400, "expiry_invalid"]);
    }
    const taken: [header: string, value: string][] = [
      ["stream-expires-at", "2096-02-29T23:59:59.999999999Z"],
      ["stream-expires-at", "2099-01-01t00:00:00z"],
      ["stream-expires-at", "2099-12-31T23:59:59-23:59"],
      ["stream-ttl", "999999999999999"],
    ];
    for (const [at, [header, value]] of taken.entries()) {
      const headers = { [header]: value };
      assertEquals((await api.send("PUT", `taken-${at}`, { headers })).status, 201, value);
      const described = await api.send("HEAD", `taken-${at}`);
      assertEquals([described.status, described.headers.get(header)], [200, value]);
      assertEquals((await api.send("PUT", `taken-${at}`, { headers })).status, 200, value);
    }
  });
});

Deno.test("reading begins at no time that is still to come, whichever way it is asked for", async () => {
  await withServer(async ({ main, api: chains }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    await api.append("s", 1);
    await chains.create("supply");
    const later = new Date(Date.now() + 3_600_000).toISOString();
    for (const path of ["s", "hierachain/supply"]) {
      for (
        const query of [
          "since=2099-01-01",
          `since=${later}`,
          "after=7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        ]
      ) {
        const { status, text } = await api.get(`${path}?live=ws&${query}`);
        assertEquals([query, status, JSON.parse(text).code], [query, 400, "position_invalid"]);
      }
      const earlier = new Date(Date.now() - 1).toISOString();
      assertEquals((await api.get(`${path}?live=ws&since=${earlier}`)).status, 426);
      assertEquals((await api.get(`${path}?live=ws&after=00000000000000000000000000`)).status, 426);
    }
  });
});

Deno.test("a request that waits gives its place back as soon as its client has gone", async () => {
  const flags = ["--max-connections=1", "--streams-long-poll-seconds=300"];
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const next = await api.create("s");
    for (const query of [`offset=${next}&live=long-poll`, "offset=now&live=sse"]) {
      let leaving = new AbortController();
      let isRefused = true;
      const ask = () => {
        isRefused = false;
        leaving = new AbortController();
        fetch(api.url(`s?${query}`), { signal: leaving.signal }).then(async (response) => {
          isRefused = response.status === 503;
          if (isRefused) await response.body?.cancel();
        }, () => {});
      };
      await until("the place is taken", async () => {
        // Whoever looked last may have had the place still.
        if (isRefused) ask();
        return await statusOf(api) === 503 && !isRefused;
      });
      leaving.abort();
      await until("there is a place again", async () => await statusOf(api) === 200);
    }
  }, { flags });
});

/** How a request is answered that would wait, and goes at once. */
async function statusOf(api: StreamsApi): Promise<number> {
  const leaving = new AbortController();
  const response = await fetch(api.url("s?offset=now&live=sse"), { signal: leaving.signal });
  leaving.abort();
  await response.body?.cancel().catch(() => {});
  return response.status;
}

Deno.test("a fork of a fork of a fork has an end", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("f0");
    await api.append("f0", 0);
    let depth = 0;
    for (let status = 201; status === 201 && depth < 200;) {
      const headers = { "stream-forked-from": `/v1/stream/f${depth}` };
      const answer = await api.send("PUT", `f${depth + 1}`, { headers, body: `${depth + 1}` });
      status = answer.status;
      if (status !== 201) {
        assertEquals([status, JSON.parse(answer.text).code], [409, "fork_too_deep"]);
      } else depth++;
    }
    assertEquals(depth, 128);
    const expected = Array.from({ length: depth + 1 }, (_, at) => at);
    assertEquals(JSON.parse((await api.get(`f${depth}`)).text), expected);
    assertEquals((await api.send("DELETE", `f${depth}`)).status, 204);
  });
});
