import { assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { ServerProcess } from "../support/server.ts";
import { prepare, strain } from "../support/stranger/heavy/strain.ts";
import { HEAVY, HEAVY_PREPARATION } from "../support/stranger/heavy/table.ts";
import { exchange, isFault, keyed } from "../support/stranger/wire.ts";

const KEY = "a-key-for-tests-only";

Deno.test("the worst input of each route and socket is answered, and somebody else's socket as well", async (test) => {
  const server = await ServerProcess.start(["--store=:memory:"], {
    LEDGER_API_KEYS: KEY,
    LEDGER_HATHOR_MINE: "off",
  });
  try {
    const main = server.origin("main");
    for (const request of HEAVY_PREPARATION) await exchange(main, keyed(request, KEY));
    const witness = await ClientSocket.open(server.origin("hierachain"), `/ws?token=${KEY}`);
    for (const heavy of HEAVY) {
      await test.step(heavy.name, async () => {
        await prepare(main, heavy, KEY);
        const answers = await strain(main, heavy, KEY);
        await witness.settle();
        const faults = answers.filter((answer) =>
          answer.status === undefined || isFault(answer) ||
          (answer.status === 101 && answer.text === "1011")
        );
        assertEquals(faults.map(({ status, text }) => [status, text.slice(0, 500)]), []);
      });
    }
    await witness.close();
    // A store that is as busy as this may be late for one of them, which is told to come back.
    const errors = server.lines()
      .filter(({ level, code }) => level === "error" && code !== "store_unavailable");
    assertEquals(errors, []);
    const { code, stderr } = await server.stop();
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await server.kill();
  }
});
