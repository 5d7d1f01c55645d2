import { assertEquals } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";

const PULL = { type: "pull-wake", pattern: "e/*", wake_stream: "wake" };

Deno.test("with keys on, all but the public key and reports with a token need one", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    const auth = { authorization: "Bearer secret" };
    for (const name of ["wake", "e/a"]) await streams.create(name, auth);
    assertEquals((await api.send("GET", "jwks.json")).status, 200);
    assertEquals((await api.send("PUT", "subscriptions/s", PULL)).status, 401);
    assertEquals((await api.send("PUT", "subscriptions/s", PULL, "wrong")).status, 401);
    assertEquals((await api.send("PUT", "subscriptions/s", PULL, "secret")).status, 201);
    assertEquals((await api.send("GET", "subscriptions/s")).status, 401);
    assertEquals((await api.send("DELETE", "subscriptions/s")).status, 401);
    await streams.send("POST", "e/a", { headers: auth, body: "[1]" });
    assertEquals((await api.post("s", "claim", { worker: "w" })).status, 401);
    const { body } = await api.post("s", "claim", { worker: "w" }, "secret");
    const { wake_id, generation, token } = body;
    const report = { wake_id, generation, done: false };
    assertEquals((await api.post("s", "ack", report, "secret")).status, 401);
    assertEquals((await api.post("s", "ack", report, token)).status, 200);
    assertEquals((await api.post("s", "release", report, token)).status, 204);
  }, { flags: ["--api-keys=secret"] });
});

Deno.test("no path of a stream leads to the log of subscriptions", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await api.create("s", PULL);
    for (const path of ["__ds/subscriptions", "%5F%5Fds/subscriptions", "__ds%2Fsubscriptions"]) {
      for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
        const { status } = await streams.send(method, path, method[0] === "P" ? { body: "1" } : {});
        assertEquals(status, 404, `${method} ${path}`);
      }
    }
    const fork = { "stream-forked-from": "/v1/stream/__ds/subscriptions" };
    assertEquals((await streams.send("PUT", "fork", { headers: fork })).status, 404);
    assertEquals((await api.get("s")).id, "s");
  });
});
