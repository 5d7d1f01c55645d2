import { assertEquals, assertStringIncludes } from "@std/assert";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { KEY, KEYED, platformTest } from "../deploy/platform.ts";

platformTest(
  "where it looks like Deno Deploy, the program runs without flags on one port and its database",
  {},
  async (platform) => {
    for (const [round, status] of [[0, 201], [1, 200]]) {
      const api = new StreamsApi(platform.origin);
      assertEquals((await api.send("PUT", "s", { headers: KEYED })).status, status);
      const sent = await api.send("POST", "s", { headers: KEYED, body: `${round}` });
      assertEquals(sent.status, 204);
      const read = await api.get("s", KEYED);
      assertEquals(JSON.parse(read.text), round === 0 ? [0] : [0, 1]);
      assertEquals((await api.get("s")).status, 401);
      assertEquals(await platform.sleep(), [{ code: 0, isKilled: false }]);
      const lines = platform.started.at(-1)?.lines ?? [];
      assertEquals(lines.filter(({ origin }) => origin !== undefined).map(({ name }) => name), [
        "main",
      ]);
      assertEquals(lines.at(-1)?.msg, "stopped");
    }
  },
);

platformTest(
  "on Deno Deploy a build starts the program without a key, which lets nobody in",
  { variables: {} },
  async (platform) => {
    const connection = await platform.direct();
    connection.close();
    // Whoever builds is no client, and asks for nothing.
    assertEquals(platform.database.counts.calls, 0);
    assertEquals(await platform.sleep(), [{ code: 0, isKilled: false }]);
    const api = new StreamsApi(platform.origin);
    for (const headers of [{}, KEYED]) {
      assertEquals((await api.send("PUT", "s", { headers })).status, 401);
    }
    const made = await fetch(`${platform.origin}/v1/keys`, { method: "POST", body: "{}" });
    assertEquals([made.status, (await made.json()).code], [401, "unauthorized"]);
    const line = await until(
      "it says why",
      () => platform.started.at(-1)?.lines.find(({ level }) => level === "warning"),
    );
    assertStringIncludes(line.msg, "nobody is let in: there are no keys");
  },
);

platformTest(
  "on Deno Deploy everybody is let in where that is asked for",
  { variables: { LEDGER_ALLOW_ANONYMOUS: "true" } },
  async (platform) => {
    assertEquals((await new StreamsApi(platform.origin).send("PUT", "s")).status, 201);
  },
);

platformTest(
  "on Deno Deploy wrong settings end the build",
  { variables: { LEDGER_API_KEYS: KEY, LEDGER_MAX_CONNECTIONS: "many" } },
  async (platform) => {
    const failed = await platform.direct().then(() => undefined, String);
    assertStringIncludes(failed ?? "", "LEDGER_MAX_CONNECTIONS must be");
  },
);
