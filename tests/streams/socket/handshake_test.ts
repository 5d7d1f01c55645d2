import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { withServer } from "../../support/in_process.ts";
import { handshake } from "../../support/raw_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";

/** Status, code and type of the answer to a handshake. */
async function refusal(
  origin: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<unknown[]> {
  const answer = await handshake(origin, `/v1/stream/${path}`, headers);
  answer.connection.close();
  const code = /"code":"(\w+)"/.exec(answer.body)?.[1];
  return [answer.status, code, answer.headers.get("content-type")];
}

const PROBLEM = "application/problem+json";

Deno.test("a handshake that asks for what there is not is answered as HTTP is", async () => {
  await withServer(async ({ main, api }) => {
    const streams = new StreamsApi(main);
    await streams.create("s");
    const { next } = await streams.send("HEAD", "s");
    await streams.create("other");
    await api.create("c");
    const cases: [string, number, string][] = [
      ["none", 404, "not_found"],
      ["hierachain/none", 404, "not_found"],
      ["s?offset=7", 400, "offset_invalid"],
      ["s?offset=", 400, "offset_invalid"],
      ["s?offset=-1&offset=now", 400, "offset_invalid"],
      ["s?offset=-1&after=01K00000000000000000000000", 400, "offset_invalid"],
      [`s?offset=${next.replace(/^\d+/, "0000000000000009")}`, 410, "offset_gone"],
      ["s?after=17", 400, "position_invalid"],
      ["s?since=yesterday", 400, "position_invalid"],
      ["s?window=0", 400, "window_invalid"],
      ["s?window=10001", 400, "window_invalid"],
      ["s?type=data", 400, "filter_invalid"],
      ["hierachain/c?type=", 400, "filter_invalid"],
    ];
    for (const [path, status, code] of cases) {
      assertEquals(await refusal(main, path), [status, code, PROBLEM], path);
      // Asked over HTTP what a handshake would be answered with, it is the same.
      const probe = await streams.send("GET", `${path}${path.includes("?") ? "&" : "?"}live=ws`);
      assertEquals([probe.status, JSON.parse(probe.text).code], [status, code], path);
    }
    const fine = await streams.send("GET", "s?live=ws");
    assertEquals([fine.status, fine.headers.get("upgrade")], [426, "websocket"]);
    assertEquals((await refusal(main, "s", { origin: "https://elsewhere.example" }))[0], 403);
  });
});

Deno.test("with keys on a socket shows one as a header, or as a subprotocol in a browser", async () => {
  const key = "a-key-for-tests-only";
  await withServer(async ({ main }) => {
    const authorization = `Bearer ${key}`;
    await new StreamsApi(main).create("s", { authorization });
    assertEquals(await refusal(main, "s"), [401, "unauthorized", PROBLEM]);
    const wrong = { "sec-websocket-protocol": "ledgerline.v1, bearer.wrong" };
    assertEquals(await refusal(main, "s", wrong), [401, "unauthorized", PROBLEM]);
    const headers: Record<string, string>[] = [
      { authorization },
      { "x-api-key": key },
      { "sec-websocket-protocol": `bearer.${key}, ledgerline.v1` },
    ];
    for (const shown of headers) {
      const answer = await handshake(main, "/v1/stream/s", shown);
      answer.connection.close();
      assertEquals(answer.status, 101);
      const spoken = shown["sec-websocket-protocol"] === undefined ? null : "ledgerline.v1";
      assertEquals(answer.headers.get("sec-websocket-protocol"), spoken);
    }
  }, { flags: [`--api-keys=${key}`] });
});

Deno.test("a subprotocol is chosen of those that are known, and none where none is", async () => {
  await withServer(async ({ main }) => {
    await new StreamsApi(main).create("s");
    const cases: [string, string | null][] = [
      ["ledgerline.v1", "ledgerline.v1"],
      ["other, ledgerline.v1", "ledgerline.v1"],
      ["other", null],
      ["bearer.x", null],
    ];
    for (const [offered, chosen] of cases) {
      const headers = { "sec-websocket-protocol": offered };
      const answer = await handshake(main, "/v1/stream/s", headers);
      answer.connection.close();
      assertEquals(answer.headers.get("sec-websocket-protocol"), chosen, offered);
    }
  });
});

Deno.test("a server that stops tells its readers to come back", async () => {
  let closed: ClientSocket["closed"] | undefined;
  await withServer(async ({ main }) => {
    await new StreamsApi(main).create("s");
    const socket = await ClientSocket.open(main, "/v1/stream/s");
    closed = socket.closed;
  });
  assertEquals(await closed, { code: 1001, reason: "server is stopping" });
});
