/** What fronts take from the owner as it is, and do not find out anew. */
import { assert, assertEquals } from "@std/assert";
import { ServerProcess, withFolder } from "../../support/server.ts";
import { until } from "../../support/until.ts";

/** Words that everybody knows, which a wallet of somebody's own would have as a secret. */
const WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow";

/** Asks what is refused, as a program with such a name. */
async function refused(main: string, agent: string): Promise<void> {
  const answer = await fetch(`${main}/v1/keys`, { headers: { "user-agent": agent } });
  await answer.body?.cancel();
  assertEquals(answer.status, 401);
}

Deno.test("a thread that has connections logs no secret of any setting", async () => {
  await withFolder(async (folder) => {
    const server = await ServerProcess.start([
      `--store=${folder}/ledger.db`,
      "--threads=3",
      "--api-keys=a-listed-key",
      `--hathor-wallet-words=${WORDS}`,
    ]);
    try {
      for (let count = 0; count < 8; count++) await refused(server.origin("main"), `the ${WORDS}`);
      const line = await until(
        "it is logged",
        () => server.lines().find(({ component }) => component === "refusals"),
      );
      assertEquals(line.agent, "the …");
      assertEquals(server.stdout.includes("sausage"), false);
    } finally {
      await server.kill();
    }
  });
});

Deno.test("a thread that has connections is as quiet on a terminal as the one that writes", async () => {
  await withFolder(async (folder) => {
    const flags = ["--threads=3", "--api-keys=a-listed-key", "--log-format=text"];
    for (const [more, isLogged] of [[[], false], [["--log-level=info"], true]] as const) {
      const server = ServerProcess.run([
        `--store=${folder}/ledger.db`,
        "--port=0",
        "--hierachain-port=0",
        ...flags,
        ...more,
      ]);
      try {
        const main = await until(
          "it listens",
          () => /http:\/\/localhost:\d+/.exec(server.stdout)?.[0],
        );
        await until("it is ready", () =>
          fetch(`${main}/readyz`).then(async (answer) => {
            await answer.body?.cancel();
            return answer.ok;
          }, () => false));
        for (let count = 0; count < 8; count++) await refused(main, "somebody");
        if (isLogged) await until("it is logged", () => server.stdout.includes("refused GET"));
        // What is not logged has had its time: a stop waits for all threads.
        const { stdout } = await server.stop();
        assert(stdout.includes("refused GET") === isLogged, stdout);
      } finally {
        await server.kill();
      }
    }
  });
});

Deno.test("the limit of connections that is told is the same with one thread and with three", async () => {
  const limits: unknown[] = [];
  for (const threads of ["1", "3"]) {
    await withFolder(async (folder) => {
      const server = await ServerProcess.start([
        `--store=${folder}/ledger.db`,
        `--threads=${threads}`,
      ]);
      try {
        const status = await fetch(`${server.origin("hierachain")}/ws/status`);
        const { stats } = await status.json();
        limits.push(stats.max_connections);
      } finally {
        await server.kill();
      }
    });
  }
  assertEquals(typeof limits[0], "number");
  assertEquals(limits[0], limits[1]);
});
