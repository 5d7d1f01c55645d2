import { assertEquals } from "@std/assert";
import { allEvents, askAll, byChain, readAll } from "../../support/all_chains.ts";
import { ClientSocket } from "../../support/client_socket.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { until, within } from "../../support/until.ts";

const ADMIN = "settings-key-for-tests";

function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

async function put(origin: string, name: string, data: unknown): Promise<void> {
  const headers = { "content-type": "application/json", ...bearer(ADMIN) };
  const url = `${origin}/v1/stream/${name}`;
  await (await fetch(url, { method: "PUT", headers })).body?.cancel();
  const body = JSON.stringify(data);
  const { status } = await fetch(url, { method: "POST", headers, body });
  assertEquals(status, 204);
}

Deno.test("a key sees the chains that it may read and no others, by every way, new ones as well", async () => {
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main, ADMIN);
    const some = await keys.make({ scopes: ["read"], chains: ["streams/mine/*", "streams/one"] });
    const writer = await keys.make({ scopes: ["append"], chains: ["*"] });
    await put(main, "mine/a", 1);
    await put(main, "theirs/a", 2);
    await put(main, "one", 3);

    const all = await readAll(main, "", "-1", bearer(ADMIN));
    assertEquals([...byChain(all.events).keys()].filter((chain) => chain.startsWith("ledger")), []);
    assertEquals(byChain(all.events).get("streams/theirs/a"), [2]);
    const { events } = await readAll(main, "", "-1", bearer(some.key));
    assertEquals([...byChain(events)], [["streams/mine/a", [1]], ["streams/one", [3]]]);
    const none = await readAll(main, "", "-1", bearer(writer.key));
    assertEquals(none.events, []);

    const socket = await ClientSocket.open(main, `/v1/all?token=${some.key}`);
    await socket.count("caught_up", 1);
    await put(main, "theirs/b", 4);
    await put(main, "mine/b", 5);
    await until("the new chain", () => allEvents(socket.told).length >= 3);
    assertEquals(byChain(allEvents(socket.told)).get("streams/mine/b"), [5]);
    assertEquals(allEvents(socket.told).length, 3);

    const held = fetch(`${main}/v1/all?live=sse&offset=now`, { headers: bearer(some.key) });
    const body = (await held).text();
    await keys.revoke(some.id);
    assertEquals((await within("the socket is cut", socket.closed)).code, 4005);
    await within("the event stream ends", body);
  }, { flags: [`--api-keys=${ADMIN}`] });
});

Deno.test("no key is 401, a chain that is named and may not be read 403, and a pattern of such chains is empty", async () => {
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main, ADMIN);
    const { key } = await keys.make({ scopes: ["read"], chains: ["streams/mine/*"] });
    await put(main, "theirs/a", 1);
    for (const more of ["", "&live=ws", "&live=sse&offset=-1"]) {
      await askAll(main, more, { status: 401 });
      const headers = bearer(key);
      const refused = await askAll(main, `chain=streams/theirs/a${more}`, { status: 403, headers });
      assertEquals(JSON.parse(refused.text).code, "forbidden");
    }
    const { events } = await readAll(main, "chain=streams/theirs/*", "-1", bearer(key));
    assertEquals(events, []);
    // What is told of places says nothing of chains.
    const { headers } = await askAll(main, "chain=streams/mine/*", { headers: bearer(key) });
    assertEquals(headers.get("stream-next-offset")?.length, 33);
  }, { flags: [`--api-keys=${ADMIN}`] });
});
