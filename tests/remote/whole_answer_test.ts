import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { RemoteServer } from "../../src/remote/remote_server.ts";
import { answerStart, textOfAnswer } from "../../src/remote/whole_answer.ts";
import { within } from "../support/until.ts";

/** An answer that never ends. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(16_384).fill(0x61)),
  });
}

Deno.test("an answer is read up to its bound, and no further", async () => {
  assertEquals(await textOfAnswer(new Response("abc"), 3), "abc");
  const long = await assertRejects(() => textOfAnswer(new Response("abcd"), 3), LedgerError);
  assertEquals(long.code, "remote_invalid");
  assertEquals(await within("it ends", answerStart(new Response(endless()), 5)), "aaaaa");
  assertEquals(await answerStart(new Response("é"), 100), "é");
});

Deno.test("a refusal that never ends is read no further than it is told", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using remote = Deno.serve(options, () => new Response(endless(), { status: 403 }));
  const origin = `http://127.0.0.1:${remote.addr.port}`;
  const server = new RemoteServer({ origin, key: undefined });
  const asked = server.get("/", new AbortController().signal);
  const refused = await within("it is refused", assertRejects(() => asked, LedgerError));
  assertEquals(refused.code, "remote_refused");
});

Deno.test("a key is shown at no other host, and in clear to none that is asked over TLS", () => {
  const at = (origin: string) => new RemoteServer({ origin, key: "secret" });
  assertEquals(at("http://node:9984").keyAt("ws://node:9985/api"), "secret");
  assertEquals(at("https://node").keyAt("wss://node:9985/api"), "secret");
  assertEquals(at("https://node").keyAt("ws://node:9985/api"), undefined);
  assertEquals(at("http://node").keyAt("ws://other/api"), undefined);
  assertEquals(at("http://node").keyAt("nonsense"), undefined);
});
