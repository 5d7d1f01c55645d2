import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { metric } from "../../support/metrics.ts";
import { withFolder, withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until, within } from "../../support/until.ts";

Deno.test("streams, their ends and their producers are the same after a kill", async () => {
  await withFolder(async (folder) => {
    const args = [`--store=${folder}/log.db`];
    const producer = { "producer-id": "p", "producer-epoch": "0", "producer-seq": "0" };
    const offsets: string[] = [];
    await withProcess(args, async (server) => {
      const api = new StreamsApi(server.origin("main"));
      offsets.push(await api.create("a/b c"));
      offsets.push(await api.append("a/b c", [1, 2]));
      assertEquals((await api.send("POST", "a/b c", { headers: producer, body: "3" })).status, 200);
      await api.create("done", { "stream-closed": "true" });
    });
    await withProcess(args, async (server) => {
      const api = new StreamsApi(server.origin("main"));
      assertEquals((await api.get("a/b c")).text, "[1,2,3]");
      assertEquals((await api.get(`a/b c?offset=${offsets[0]}`)).text, "[1,2,3]");
      assertEquals((await api.get(`a/b c?offset=${offsets[1]}`)).text, "[3]");
      assertEquals((await api.send("POST", "a/b c", { headers: producer, body: "3" })).status, 204);
      assertEquals((await api.get("a/b c")).text, "[1,2,3]");
      assertEquals((await api.send("POST", "done", { body: "1" })).status, 409);
    });
  });
});

Deno.test("an offset of an earlier life is refused, and the new life begins with nothing", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const old = await api.append("s", 1);
    assertEquals((await api.send("DELETE", "s")).status, 204);
    assertEquals((await api.get("s")).status, 404);
    await api.create("s");
    assertEquals((await api.get(`s?offset=${old}`)).status, 410);
    await api.append("s", 2);
    assertEquals((await api.get("s?offset=-1")).text, "[2]");
  });
});

Deno.test("a long stream is read in answers of megabytes, and only the last is up to date", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const type = { "content-type": "application/octet-stream" };
    await api.send("PUT", "bytes", { headers: type });
    for (let at = 0; at < 20; at++) {
      const body = new Uint8Array(600_000).fill(97 + at);
      assertEquals((await api.send("POST", "bytes", { headers: type, body })).status, 204);
    }
    let [text, offset, pages] = ["", "-1", 0];
    for (let isLast = false; !isLast; pages++) {
      const page = await api.get(`bytes?offset=${offset}`);
      assertEquals(page.headers.get("content-length"), String(page.text.length));
      isLast = page.headers.get("stream-up-to-date") === "true";
      [text, offset] = [text + page.text, page.next];
    }
    const letters = [..."abcdefghijklmnopqrst"];
    assert(text === letters.map((letter) => letter.repeat(600_000)).join(""));
    assertEquals(pages, 2);
    const body = new Uint8Array(2_000_000);
    assertEquals((await api.send("POST", "bytes", { headers: type, body })).status, 413);
  });
});

Deno.test("with keys nobody comes in without one, and answers are private", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const key = { authorization: "Bearer a-key-for-tests" };
    assertEquals((await api.send("PUT", "s")).status, 401);
    assertEquals((await api.send("PUT", "s", { headers: key, body: "1" })).status, 201);
    const { status, headers } = await api.get("s", key);
    assertEquals(status, 200);
    assertStringIncludes(headers.get("cache-control") ?? "", "private");
    assertEquals((await api.send("OPTIONS", "s")).status, 204);
  }, { flags: ["--api-keys=a-key-for-tests"] });
});

Deno.test("names that name nothing are refused", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["", "a//b", "%zz", "x".repeat(300)]) {
      assertEquals([name, (await api.send("PUT", name)).status], [name, 400]);
    }
    assertEquals((await api.get("__ds/subscriptions/1")).status, 404);
    assertEquals((await api.send("PATCH", "s")).status, 405);
  });
});

Deno.test("a stop ends event streams and long polls at once", async () => {
  const args = ["--store=:memory:", "--streams-long-poll-seconds=300"];
  await withProcess(args, async (server) => {
    const api = new StreamsApi(server.origin("main"));
    await api.create("s");
    const events = await fetch(api.url("s?offset=now&live=sse"));
    const told = within("the event stream ends", events.text());
    const poll = api.get("s?offset=now&live=long-poll");
    await until("both wait", async () => {
      return await metric(server.origin("main"), 'ledger_requests_held{ledger="streams"}') === 2;
    });
    assertEquals((await server.stop()).code, 0);
    assertEquals(server.lines().at(-1)?.msg, "stopped");
    assertEquals((await poll).status, 204);
    assertStringIncludes(await told, `"upToDate":true`);
  });
});

/** Whether an event of HieraChain is the one that the test has made. */
function isMade({ data }: { readonly data: { readonly entity_id?: string } }): boolean {
  return data.entity_id === "E";
}

Deno.test("a ledger's chain is a stream of JSON that can only be read, offsets and all", async () => {
  await withServer(async ({ main, api: ledger }) => {
    const api = new StreamsApi(main);
    const path = "hierachain/supply_chain";
    assertEquals((await api.get(path)).status, 404);
    await ledger.create("supply_chain");
    const begun = await api.get(path);
    const polling = (async () => {
      // A block of what was before may come first.
      for (let next = begun.next;;) {
        const heard = await api.get(`${path}?offset=${next}&live=long-poll`);
        if (heard.status === 200 && JSON.parse(heard.text).some(isMade)) return;
        next = heard.next;
      }
    })();
    await ledger.append("supply_chain", { entity_id: "E", event_type: "made" });
    await within("the event is heard", polling);
    const whole = await api.get(path);
    assertEquals(JSON.parse(whole.text).length > JSON.parse(begun.text).length, true);
    for (const method of ["PUT", "POST", "DELETE"]) {
      assertEquals((await api.send(method, path)).status, 405);
    }
    const headers = { "stream-forked-from": `/v1/stream/${path}` };
    assertEquals((await api.send("PUT", "fork", { headers })).status, 404);
  });
});

Deno.test("an event stream tells of a delete by its end, and of nothing after it", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const events = await fetch(api.url("s?offset=now&live=sse"));
    const told = within("the event stream ends", events.text());
    await api.append("s", { n: 1 });
    await api.send("DELETE", "s");
    await api.create("s");
    await api.append("s", { n: 2 });
    const text = await told;
    assert(!text.includes(`"n":2`), text);
  });
});

Deno.test("a long poll over a stream that is deleted and made again gives no offset of the new one", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (let round = 0; round < 40; round++) {
      await api.create("s");
      const end = await api.append("s", [0, 1]);
      const polling = api.get(`s?offset=${end}&live=long-poll`);
      await until("it waits", async () => {
        return await metric(main, 'ledger_requests_held{ledger="streams"}') === 1;
      });
      // One of those that come behind it is the first after it, and before the poll has looked.
      const [gone] = await Promise.all([
        api.send("DELETE", "s"),
        ...[0, 1, 2, 3].map((at) =>
          new Promise((resolve) => setTimeout(resolve, at))
            .then(() => api.send("PUT", "s", { body: "[2,3,4]" }))
        ),
      ]);
      assertEquals(gone?.status, 204);
      const { status, headers } = await within("it ends", polling);
      if (status < 300) {
        const next = headers.get("stream-next-offset");
        assert(next?.split("_")[1] === end.split("_")[1], `${status} ${end} ${next}`);
      }
      await api.send("DELETE", "s");
    }
  });
});
