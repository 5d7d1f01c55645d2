import { assert, assertEquals, assertRejects } from "@std/assert";
import { StreamClient } from "../../../src/client/client.ts";
import { StreamError } from "../../../src/client/errors.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { appendText, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";

type Told = [number, string | undefined, string | null];

/** Appends to `s` if others end where they are expected to; the answer, and what it tells of them. */
async function append(api: StreamsApi, elsewhere: string, more = {}): Promise<Told> {
  const headers = { "stream-expected-elsewhere": elsewhere, ...more };
  const answer = await api.send("POST", "s", { headers, body: "1" });
  const code = answer.text === "" ? undefined : JSON.parse(answer.text).code;
  return [answer.status, code, answer.headers.get("stream-elsewhere-offset")];
}

Deno.test("an append is done only where other streams end at the offsets that it expects", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["s", "a/b", "c%3D%2C%C3%A9"]) await api.create(name);
    const done: Told = [204, undefined, null];
    assertEquals(await append(api, "a/b=-1, c%3D%2C%C3%A9=-1"), done);
    const end = await api.append("a/b", 1);
    const moved: Told = [409, "elsewhere_mismatch", `a/b=${end}`];
    assertEquals(await append(api, "a/b=-1"), moved);
    assertEquals(await append(api, `c%3D%2C%C3%A9=-1,a%2Fb=${end}`), done);
    const other = await api.append("c%3D%2C%C3%A9", 1);
    assertEquals(await append(api, `a/b=${end},c%3D%2C%C3%A9=${end}`), [
      409,
      "elsewhere_mismatch",
      `c%3D%2C%C3%A9=${other}`,
    ]);
    assertEquals(await append(api, `a/b=${end}`, { "stream-closed": "true" }), done);
    assertEquals((await append(api, "a/b=-1"))[1], "stream_closed");
    assertEquals((await api.get("s")).text, "[1,1,1]");
  });
});

Deno.test("a stream that is not there, is over, or is another by now, ends nowhere", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const missing: Told = [409, "elsewhere_missing", null];
    assertEquals(await append(api, "nowhere=-1"), missing);
    await api.create("a");
    const end = await api.append("a", 1);
    await api.create("fork", { "stream-forked-from": "/v1/stream/a" });
    assertEquals((await append(api, `fork=${end},a=${end}`))[0], 204);
    await api.send("DELETE", "a");
    assertEquals(await append(api, `a=${end}`), missing);
    await api.send("DELETE", "fork");
    await api.create("a");
    assertEquals((await append(api, `a=${end}`))[1], "elsewhere_mismatch");
    assertEquals((await append(api, "a=-1"))[0], 204);
  });
});

Deno.test("an append may depend on the chain of a ledger, and on what only reading it has changed", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    await new HieraChainApi(`${main}/hierachain`).create("c");
    const { next } = await api.get("hierachain/c");
    assertEquals((await append(api, `hierachain/c=${next}`))[0], 204);
    await api.create("ttl", { "stream-ttl": "1000" });
    await api.get("ttl");
    assertEquals((await append(api, "ttl=-1"))[0], 204);
    await new HieraChainApi(`${main}/hierachain`).fill("c", 1);
    const [status, code, told] = await append(api, `hierachain/c=${next}`);
    assertEquals([status, code], [409, "elsewhere_mismatch"]);
    assert(told?.startsWith("hierachain/c=") && !told.endsWith(next));
    // No block comes by itself: this clock stands still.
  }, { clock: new FakeClock() });
});

Deno.test("what names other streams is bounded and well formed", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const nine = Array.from({ length: 9 }, (_, at) => `n${at}=-1`).join();
    for (const text of [nine, "a=-1,a=-1", "s=-1", "%=-1", "a=b=c"]) {
      assertEquals([text, (await append(api, text))[1]], [text, "elsewhere_invalid"]);
    }
    assertEquals((await append(api, "a=never told"))[1], "offset_invalid");
    assertEquals((await append(api, "a"))[1], "offset_invalid");
    assertEquals((await append(api, ""))[1], "name_invalid");
    assertEquals((await append(api, "__ds/order=-1"))[0], 404);
    const socket = await streamSocket(main, "s", "?offset=none");
    await socket.next();
    const named = Object.fromEntries(nine.split(",").map((pair) => pair.split("=")));
    assertEquals((await socket.ask(appendText({ elsewhere: named }, "1"))).type, "error");
    assertEquals(
      (await socket.ask(appendText({ elsewhere: { "\ud800": "-1" } }, "1"))).type,
      "error",
    );
    for (const elsewhere of [{ s: "-1" }, { "": "-1" }, { a: "x" }]) {
      assertEquals((await socket.ask(appendText({ elsewhere }, "1"))).status, 400);
    }
    await socket.close();
  });
});

Deno.test("an append over a socket, and one of the client, says where other streams have to end", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["s", "é/b"]) await api.create(encodeURI(name));
    const socket = await streamSocket(main, "s", "?offset=none");
    await socket.next();
    const elsewhere = { "é/b": "-1" };
    assertEquals((await socket.ask(appendText({ elsewhere }, "1"))).type, "appended");
    const end = await api.append(encodeURI("é/b"), 1);
    const refused = await socket.ask(appendText({ elsewhere }, "2"));
    assertEquals([refused.status, refused.code, refused.stream, refused.offset], [
      ...[409, "elsewhere_mismatch", "é/b", end],
    ]);
    await socket.close();
    await using client = new StreamClient<number>(api.url("s"));
    const { offset } = await client.append(2, { elsewhere: { "é/b": end } });
    const conditional = client.append(3, { elsewhere });
    const after = client.append(4);
    const error = await assertRejects(() => conditional, StreamError);
    assertEquals([error.code, error.stream, error.offset], ["elsewhere_mismatch", "é/b", end]);
    const { offset: now } = await after;
    const stale = await assertRejects(() => client.append(5, { after: offset }), StreamError);
    assertEquals([stale.code, stale.stream, stale.offset], ["offset_mismatch", undefined, now]);
    await client.append(5, { after: now });
    assertEquals((await api.get("s")).text, "[1,2,4,5]");
  });
});

Deno.test("who may not read a stream cannot depend on it, and is told the same whether it is there", async () => {
  const listed = "a-key-of-the-settings";
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main, listed);
    const { key } = await keys.make({ scopes: ["append"], chains: ["streams/s"] });
    const reader = await keys.make({ scopes: ["read", "append"], chains: ["streams/*"] });
    const as = (key: string) => ({ authorization: `Bearer ${key}` });
    const api = new StreamsApi(main);
    for (const name of ["s", "there"]) await api.create(name, as(listed));
    const told = async (name: string) => {
      const headers = { ...as(key), "stream-expected-elsewhere": `${name}=-1` };
      const { status, text } = await api.send("POST", "s", { headers, body: "1" });
      const socket = await streamSocket(main, "s", `?offset=none&token=${key}`);
      await socket.next();
      const answer = await socket.ask(appendText({ elsewhere: { [name]: "-1" } }, "1"));
      await socket.close();
      return JSON.stringify([status, text, answer]).replaceAll(name, "NAME");
    };
    const there = await told("there");
    assertEquals(JSON.parse(there)[0], 403);
    assertEquals(JSON.parse(there)[2].status, 403);
    for (const name of ["nowhere", "hierachain/c"]) assertEquals(await told(name), there);
    assertEquals((await append(api, "there=-1", as(reader.key)))[0], 204);
  }, { flags: [`--api-keys=${listed}`] });
});
