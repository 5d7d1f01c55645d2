import { assertEquals, assertStringIncludes } from "@std/assert";
import { DENOKV_TOKEN, denokvTest, startDenokv } from "../support/denokv.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const KEY = "a-key-of-the-operator";

/** What an app on Deno Deploy finds in its environment, with a database assigned to it. */
function environment(url: string): Record<string, string> {
  return {
    DENO_DEPLOYMENT_ID: "simulated",
    DENO_KV_DEFAULT_PATH: url,
    DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN,
  };
}

denokvTest(
  "where it looks like Deno Deploy, the program runs without flags on one port and its database",
  async (program) => {
    await withFolder(async (folder) => {
      const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
      try {
        const env = { ...environment(denokv.url), LEDGER_API_KEYS: KEY, LEDGER_PORT: "0" };
        const headers = { authorization: `Bearer ${KEY}` };
        for (const [round, status] of [[0, 201], [1, 200]]) {
          const server = ServerProcess.run([], env, ["--allow-all"]);
          try {
            await server.listening();
            const ports = server.lines().filter(({ origin }) => origin !== undefined);
            assertEquals(ports.map(({ name }) => name), ["main"]);
            const api = new StreamsApi(server.origin("main").replace("0.0.0.0", "127.0.0.1"));
            assertEquals((await api.send("PUT", "s", { headers })).status, status);
            assertEquals((await api.send("POST", "s", { headers, body: `${round}` })).status, 204);
            const read = await api.get("s", headers);
            assertEquals(JSON.parse(read.text), round === 0 ? [0] : [0, 1]);
            assertEquals((await api.get("s")).status, 401);
            assertEquals((await server.stop()).code, 0);
            assertEquals(server.lines().at(-1)?.msg, "stopped");
          } finally {
            await server.kill();
          }
        }
      } finally {
        await denokv.stop();
      }
    });
  },
);

denokvTest("on Deno Deploy a program without any key is not started", async (program) => {
  await withFolder(async (folder) => {
    const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
    try {
      const server = ServerProcess.run([], environment(denokv.url), ["--allow-all"]);
      const { code, stderr } = await server.ended();
      assertEquals(code, 2);
      assertStringIncludes(stderr, "On Deno Deploy others can reach the server");
    } finally {
      await denokv.stop();
    }
  });
});
