import { chainProjection } from "../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { systemClock } from "../../src/kernel/clock.ts";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { withServer } from "../support/in_process.ts";
import { withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

/** What a header can hold. */
const header = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 300,
})
  .filter((text) => !text.includes("\x7f"));
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 260 }),
  fc.constantFrom("__proto__", "constructor", "..", "-1", "now", "a/b"),
);
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    "-0",
    "1e400",
    '"\\ud800"',
    '{"__proto__":{"a":1},"a":1,"a":2}',
    "[]",
    "[[]]",
    "{",
  ),
);

Deno.test("whatever is taken of a client is in the log as it can be read again", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      const ids: string[] = [];
      await fc.assert(
        fc.asyncProperty(
          name,
          header,
          header,
          json,
          fc.option(fc.nat(1e6)),
          async (name, word, type, body, ttl) => {
            const url = encodeURIComponent(name);
            const headers = {
              "content-type": `application/json; x=${type}`,
              ...(ttl === null ? {} : { "stream-ttl": `${ttl}` }),
            };
            const created = await api.send("PUT", url, { headers });
            assert(created.status < 500, `${created.status}`);
            const producer = { "producer-id": word, "producer-epoch": "0", "producer-seq": "0" };
            for (const more of [{}, producer, { "stream-seq": word }]) {
              const { status } = await api.send("POST", url, {
                headers: { ...headers, ...more },
                body,
              });
              assert(status < 500, `${status}`);
            }
            const { status, text } = await api.get(url);
            if (status === 200) JSON.parse(text);
            const config = {
              type: "pull-wake",
              pattern: name,
              wake_stream: "w",
              description: word + name,
            };
            const put = await api.send("PUT", `__ds/subscriptions/${encodeURIComponent(word)}`, {
              body: JSON.stringify(config),
            });
            assert(put.status < 500, `${put.status}`);
            if (put.status < 300) ids.push(word);
          },
        ),
        { numRuns: 60 },
      );
      assert(ids.length > 0);
      for (const id of ids) {
        assertEquals((await api.get(`__ds/subscriptions/${encodeURIComponent(id)}`)).status, 200);
      }
    }, { flags: [`--store=${path}`] });
    const store = await openStore(path);
    const log = new Log(store, { projectionOf: chainProjection, clock: systemClock });
    let count = 0;
    for await (const { name } of log.chains("streams/")) {
      const chain = log.chain(name);
      assertEquals([name, await chain.compareRows()], [name, undefined]);
      count++;
    }
    assert(count > 10);
    await log.close();
    store.close();
  });
});
