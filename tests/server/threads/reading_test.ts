import { assert, assertEquals } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { metric } from "../../support/metrics.ts";
import { freePort } from "../../support/ports.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { ServerProcess, withFolder } from "../../support/server.ts";
import { appendText, dataOf, streamSocket } from "../../support/stream_socket.ts";
import { inThreads, NUMBERS, onEveryThread, readAnew } from "../../support/threads/in_threads.ts";
import { until } from "../../support/until.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Sends JSON on a connection of its own, and expects what is in `statuses`. */
async function send(
  origin: string,
  method: string,
  target: string,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const all = { ...JSON_TYPE, ...headers };
  const answer = await rawRequest(origin, method, target, all, JSON.stringify(value));
  assert(answer.status < 300, `${method} ${target}: ${answer.status} ${answer.body}`);
  return answer;
}

for (const threads of NUMBERS) {
  Deno.test(`what one of ${threads} threads has said is in is read on every other, and heard on every socket`, async () => {
    await inThreads(
      async ({ main, native }) => {
        const api = new HieraChainApi(native);
        await api.create("c");
        await send(main, "PUT", "/v1/stream/s", [0]);
        const sockets = await onEveryThread(() => ClientSocket.open(native));
        await Promise.all(sockets.map((socket) => socket.subscribe("c")));
        const readers = await onEveryThread(() => streamSocket(main, "s", "?offset=-1"));
        for (let number = 1; number <= 5; number++) {
          const { headers } = await send(native, "POST", "/api/ledger/chains/c/events", {
            entity_id: `E${number}`,
            event_type: "made",
          });
          const place = headers.get("ledger-offset");
          for (
            const body of await onEveryThread(() =>
              readAnew(native, `/api/ledger/chains/c/events/${place}`)
            )
          ) {
            assertEquals(JSON.parse(body).event.entity_id, `E${number}`);
          }
          await send(main, "POST", "/v1/stream/s", [number]);
          for (const body of await onEveryThread(() => readAnew(main, "/v1/stream/s?offset=-1"))) {
            assertEquals(JSON.parse(body).at(-1), number);
          }
        }
        for (const socket of sockets) {
          const heard = await socket.count("new_event", 5);
          assertEquals(heard.map(({ data }) => data.entity_id), ["E1", "E2", "E3", "E4", "E5"]);
        }
        for (const reader of readers) {
          await until("all is read", () => dataOf(reader).length === 6);
          assertEquals(dataOf(reader), [0, 1, 2, 3, 4, 5]);
        }
        // What is counted for all is counted over all.
        const [status] = await onEveryThread(() => readAnew(native, "/ws/status"));
        assertEquals(JSON.parse(status ?? "").total_connections, sockets.length);
        assertEquals(JSON.parse(status ?? "").chains, { c: sockets.length });
        assertEquals(await metric(main, 'ledger_sockets{ledger="hierachain"}'), sockets.length);
        assertEquals(await metric(main, 'ledger_sockets{ledger="streams"}'), readers.length);
        await Promise.all([...sockets, ...readers].map((socket) => socket.close()));
      },
      [],
      { threads },
    );
  });

  Deno.test(`an append on a socket is answered on whichever of ${threads} threads, a refusal as well`, async () => {
    await inThreads(
      async ({ main }) => {
        await send(main, "PUT", "/v1/stream/s", [0]);
        const writers = await onEveryThread(() => streamSocket(main, "s", "?offset=none"));
        for (const [at, writer] of writers.entries()) {
          writer.send(appendText({ type: "append", ref: at }, JSON.stringify([at])));
          await until("the append is answered", () => writer.told.some(({ ref }) => ref === at));
          writer.send(appendText({ type: "append", ref: "bad" }, "no JSON"));
          await until("the other is refused", () => writer.told.some(({ ref }) => ref === "bad"));
          assertEquals(writer.told.find(({ ref }) => ref === "bad").type, "refused");
          assertEquals(JSON.parse(await readAnew(main, "/v1/stream/s?offset=-1")).at(-1), at);
        }
        await Promise.all(writers.map((writer) => writer.close()));
      },
      [],
      { threads },
    );
  });

  Deno.test(`a key counts on all ${threads} threads once it was told, and is over on every one`, async () => {
    await inThreads(
      async ({ main, native }) => {
        const admin = await new KeysApi(main).make({ scopes: ["admin"] });
        const keys = new KeysApi(main, admin.key);
        for (let time = 0; time < 5; time++) {
          const { id, key } = await keys.make({ scopes: ["read"] });
          const headers = { authorization: `Bearer ${key}` };
          await onEveryThread(() => readAnew(native, "/api/ledger/chains", headers));
          const sockets = await onEveryThread(() => ClientSocket.open(native, `/ws?token=${key}`));
          assertEquals((await keys.revoke(id)).status, 200);
          const refused = await onEveryThread(() =>
            rawRequest(native, "GET", "/api/ledger/chains", headers)
          );
          assertEquals(new Set(refused.map(({ status }) => status)), new Set([401]));
          for (const socket of sockets) assertEquals((await socket.closed).code, 4005);
        }
      },
      [],
      { threads },
    );
  });
}

Deno.test("every ledger is written and read on three threads", async () => {
  await inThreads(async ({ main }) => {
    const status = JSON.parse(await readAnew(main, "/hathor/v1a/status"));
    assertEquals(status.server.network, "privatenet");
    const miners = await onEveryThread(() => ClientSocket.open(main, "/hathor/v1a/mining_ws"));
    for (const miner of miners) {
      await until("a template", () => miner.told.some(({ method }) => method === "mining.notify"));
      miner.send({ id: 1, method: "mining.submit", params: { hexdata: "00" } });
      await until("an answer", () => miner.told.some(({ id }) => id === 1));
    }
    await Promise.all(miners.map((miner) => miner.close()));
    for (const ledger of ["bigchaindb", "planetmint"]) {
      const refused = await rawRequest(
        main,
        "POST",
        `/${ledger}/api/v1/transactions`,
        JSON_TYPE,
        "{}",
      );
      assertEquals(refused.status, 400, refused.body);
      await onEveryThread(() => readAnew(main, `/${ledger}/api/v1/validators`));
    }
    const job = await rawRequest(main, "POST", "/hathor/tx-mining/submit-job", JSON_TYPE, "{}");
    assertEquals([job.status, JSON.parse(job.body)], [400, { error: "missing-tx" }]);
    // An answer in lines, of a request whose body comes in parts.
    const exported = await readAnew(main, "/v1/chains/hathor%2Fprivatenet/export");
    const imported = await rawRequest(main, "POST", "/v1/chains/import", {}, exported);
    assertEquals(imported.status, 200, imported.body);
  });
});

Deno.test("whoever finds the port open while threads begin is answered", async () => {
  await withFolder(async (folder) => {
    const port = freePort();
    const server = ServerProcess.run([
      ...["--threads=3", "--host=127.0.0.1", `--port=${port}`, "--hierachain-port=off"],
      `--store=${folder}/ledger.db`,
    ]);
    try {
      const answer = await until("the port is open", async () => {
        try {
          (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        } catch {
          return undefined;
        }
        return await rawRequest(`http://127.0.0.1:${port}`, "GET", "/livez");
      });
      assertEquals(answer.status, 200);
    } finally {
      await server.kill();
    }
  });
});
