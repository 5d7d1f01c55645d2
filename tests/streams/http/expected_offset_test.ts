import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { appendText, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";

/** What an append was answered with. */
async function append(
  api: StreamsApi,
  headers: Readonly<Record<string, string>>,
  body: string | undefined = "1",
): Promise<[number, string | undefined]> {
  const { status, text } = await api.send("POST", "s", { headers, ...(body && { body }) });
  return [status, text === "" ? undefined : JSON.parse(text).code];
}

Deno.test("an append is done only where the stream ends at the offset that it expects", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const empty = await api.create("s");
    const at = (offset: string) => ({ "stream-expected-offset": offset });
    assertEquals(await append(api, at("-1")), [204, undefined]);
    for (const stale of ["-1", empty]) {
      assertEquals(await append(api, at(stale)), [409, "offset_mismatch"]);
    }
    const { headers } = await api.send("POST", "s", { headers: at(empty), body: "2" });
    const tail = headers.get("stream-next-offset") ?? "";
    assertEquals(await append(api, at(tail)), [204, undefined]);
    assertEquals(await append(api, at("never told")), [400, "offset_invalid"]);
    assertEquals((await api.get("s")).text, "[1,1]");
    // Closing is held to it as well.
    const closing = { ...at(tail), "stream-closed": "true" };
    assertEquals(await append(api, closing, ""), [409, "offset_mismatch"]);
    // Of many that expect the same, one is done.
    const { next } = await api.get("s");
    const all = await Promise.all(Array.from({ length: 20 }, () => append(api, at(next))));
    assertEquals(all.filter(([status]) => status === 204).length, 1);
    assertEquals((await api.get("s")).text, "[1,1,1]");
  });
});

Deno.test("an append that is sent again is a repeat, wherever the stream ends by then", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const empty = await api.create("s");
    const producer = { "producer-id": "p", "producer-epoch": "0", "producer-seq": "0" };
    const headers = { ...producer, "stream-expected-offset": empty };
    assertEquals((await append(api, headers))[0], 200);
    assertEquals((await append(api, headers))[0], 204);
    const next = { ...headers, "producer-seq": "1" };
    assertEquals(await append(api, next), [409, "offset_mismatch"]);
    // The refusal has used no number up.
    assertEquals((await append(api, { ...producer, "producer-seq": "1" }))[0], 200);
  });
});

Deno.test("If-Match takes the tag of the end, however it was read", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    await api.append("s", 1);
    const tags = [
      (await api.send("HEAD", "s")).headers.get("etag"),
      (await api.get("s")).headers.get("etag"),
      "compressed",
    ];
    for (const told of tags) {
      const isCompressed = told === "compressed";
      const tag = isCompressed ? `W/${(await api.send("HEAD", "s")).headers.get("etag")}` : told;
      assert(tag !== null);
      const sent = await api.send("POST", "s", { headers: { "if-match": tag }, body: "2" });
      assertEquals(sent.status, 204);
      const again = await api.send("POST", "s", {
        headers: { "if-match": `"x", ${tag}` },
        body: "3",
      });
      assertEquals([again.status, JSON.parse(again.text).code], [412, "precondition_failed"]);
      const strong = (tag: string | null) => tag?.replace("W/", "");
      assertEquals(strong(again.headers.get("etag")), strong(sent.headers.get("etag")));
      assertEquals(again.next, sent.next);
      // The next tag is of the stream as it was.
      await api.send("DELETE", "s");
      await api.create("s");
      assertEquals(await append(api, { "if-match": tag }), [412, "precondition_failed"]);
      await api.send("DELETE", "s");
      await api.create("s");
      await api.append("s", 1);
      tags[1] = (await api.get("s")).headers.get("etag");
    }
    assertEquals(await append(api, { "if-match": "*" }), [204, undefined]);
  });
});

Deno.test("a Stream-Seq that is not greater is a sequence conflict, in the words that clients know", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    assertEquals((await append(api, { "stream-seq": "b" }))[0], 204);
    const { status, text } = await api.send("POST", "s", {
      headers: { "stream-seq": "a" },
      body: "1",
    });
    assertEquals(status, 409);
    assertStringIncludes(text, "sequence conflict");
  });
});

Deno.test("an append over a socket says where the stream has to end", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const empty = await api.create("s");
    const socket = await streamSocket(main, "s", "?offset=none");
    await socket.next();
    const { type, offset } = await socket.ask(appendText({ after: empty }, "1"));
    assertEquals(type, "appended");
    const refused = await socket.ask(appendText({ after: empty }, "2"));
    assertEquals([refused.status, refused.code, refused.offset], [409, "offset_mismatch", offset]);
    await socket.close();
  });
});

Deno.test("a long poll may be shorter than a second", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const next = await api.create("s");
    assertEquals((await api.get(`s?offset=${next}&live=long-poll`)).status, 204);
  }, { flags: ["--streams-long-poll-seconds=0.2"] });
});
