import { assertEquals, assertRejects } from "@std/assert";
import { type ChainState, StreamClient, StreamError } from "../../src/client/mod.ts";
import { withServer } from "../support/in_process.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

Deno.test("a client reads and follows the chains of patterns, over lost connections, and hears what happens to chains", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["a", "b", "c"]) await api.create(name);
    const headers = { "content-type": "application/octet-stream" };
    await api.send("PUT", "raw", { headers });
    await api.send("POST", "raw", { headers, body: new Uint8Array([7, 0]) });
    await api.append("a", [1, 2, 3]);
    let cut = () => {};
    class Cut extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        cut = () => this.close();
      }
    }
    const all = new StreamClient(`${main}/v1/all`, { firstWaitMs: 1, WebSocket: Cut });
    const read = all.read({ chains: ["streams/a", "streams/raw"] });
    const known: unknown[] = [];
    for await (const { chain, data } of read) known.push([chain, data]);
    assertEquals(known, [
      ["streams/a", 1],
      ["streams/a", 2],
      ["streams/a", 3],
      ["streams/raw", new Uint8Array([7, 0])],
    ]);

    const seen: unknown[] = [];
    const news: ChainState[] = [];
    const chains = ["streams/a", "streams/b"];
    const onChainState = (one: ChainState) => news.push(one);
    const following = (async () => {
      const feed = all.follow({ chains, offset: read.offset, window: 2, onChainState });
      for await (const { data } of feed) if (seen.push(data) === 40) return;
    })();
    for (let n = 0; n < 20; n++) {
      await Promise.all([api.append("a", n), api.append("b", n), api.append("c", n)]);
      if (n % 5 === 4) cut();
    }
    await following;
    const numbers = Array.from({ length: 20 }, (_, n) => [n, n]).flat();
    assertEquals(seen.map(Number).toSorted((a, b) => a - b), numbers);

    const end = new AbortController();
    const rest = Array.fromAsync(
      all.follow({ chains, offset: "now", onChainState, signal: end.signal }),
    );
    await until("a deletion is heard of", async () => {
      await api.create("b", {}).catch(() => {});
      await api.send("DELETE", "b");
      return news.some(({ chain, state }) => chain === "streams/b" && state === "deleted");
    });
    end.abort(new Error("enough"));
    await assertRejects(() => rest, Error, "enough");
    const wrong = all.read({ chains: ["a//b"] });
    const refused = await assertRejects(() => Array.fromAsync(wrong), StreamError);
    assertEquals(refused.code, "pattern_invalid");
    await all.close();
  });
});
