import { assertEquals, assertMatch } from "@std/assert";
import { forwarded } from "../../src/remote/forward.ts";
import { RemoteServer } from "../../src/remote/remote_server.ts";
import { within } from "../support/until.ts";

/** What a server is sent, as bytes, until it has read `end`. */
async function sentTo(
  send: (origin: string) => Promise<Response>,
  end: string,
): Promise<{ request: string; answer: string }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const answering = send(`http://127.0.0.1:${listener.addr.port}`);
    const connection = await within("a connection", listener.accept());
    let request = "";
    const buffer = new Uint8Array(64 * 1024);
    while (!request.endsWith(end)) {
      const count = await within("a request", connection.read(buffer));
      if (count === null) break;
      request += new TextDecoder().decode(buffer.subarray(0, count));
    }
    const answer =
      "HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\nx-own: 1\r\nconnection: close\r\n\r\nok";
    await connection.write(new TextEncoder().encode(answer));
    const response = await within("the answer", answering);
    const told = `${response.status} ${response.headers.get("x-own")} ${await response.text()}`;
    connection.close();
    return { request, answer: told };
  } finally {
    listener.close();
  }
}

function posted(body: BodyInit, headers: Record<string, string>): Request {
  return new Request("http://here/api/v1/transactions?mode=sync", {
    method: "POST",
    body,
    headers,
  });
}

Deno.test("what a client sends is sent on with its headers, but for what is its own, and as what cannot be sent twice", async () => {
  const text = JSON.stringify({ text: "é" });
  const bytes = new TextEncoder().encode(text);
  const headers = {
    "content-length": `${bytes.length}`,
    "content-type": "application/json",
    authorization: "Bearer a-key-of-here",
    "x-forwarded-for": "10.1.1.1",
    cookie: "own=1",
  };
  const { request, answer } = await sentTo((origin) => {
    const server = new RemoteServer({ origin: `${origin}/base`, key: "a-key-of-there" });
    return forwarded(server, posted(bytes, headers), "/api/v1/transactions?mode=sync", true);
  }, "0\r\n\r\n");
  assertMatch(request, /^POST \/base\/api\/v1\/transactions\?mode=sync HTTP\/1\.1\r\n/);
  assertMatch(request, new RegExp(`transfer-encoding: chunked\r\n[\\s\\S]*${text}`));
  assertMatch(request, /authorization: Bearer a-key-of-there\r\n/);
  assertEquals(/content-length|a-key-of-here|x-forwarded-for|cookie/.test(request), false);
  assertEquals(answer, "202 1 ok");
});
