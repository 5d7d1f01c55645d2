import { setImmediate } from "node:timers";
import { assertEquals, assertLess } from "@std/assert";
import { RequestTurns } from "../../../src/server/edge/request_turns.ts";
import { isWhole, RawConnection, withEdge } from "../../support/edges.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { turnsOf } from "../../support/turns.ts";
import { isOldRuntime } from "../../../src/server/edge/edge.ts";

Deno.test("requests that come in one turn are begun in it until it is long, and in order", async () => {
  let ms = 0;
  const turns = new RequestTurns(() => ms);
  const begun: number[] = [];
  const all = Array.from({ length: 30 }, async (_, at) => {
    const turn = turns.enter();
    if (turn !== undefined) await turn;
    begun.push(at);
    ms += 3;
  });
  assertEquals(begun, [0, 1, 2]);
  await Promise.all(all);
  assertEquals(begun, Array.from({ length: 30 }, (_, at) => at));
  // Nobody waits, and this is another turn.
  ms += 1_000;
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(turns.enter(), undefined);
  await new Promise((resolve) => setImmediate(resolve));
});

Deno.test({
  name: "requests of many connections that come at once leave turns to everybody else",
  ignore: isOldRuntime(),
  fn: async () => {
    let begun = 0;
    const handler = () => {
      begun++;
      return new Response("");
    };
    await withEdge("node", handler, async ({ port }) => {
      const clients = await Promise.all(
        Array.from({ length: 50 }, () => RawConnection.open(port)),
      );
      const { most } = await turnsOf(async () => {
        await Promise.all(
          clients.map((client) => client.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n")),
        );
        await Promise.all(clients.map((client) => client.until("an answer", isWhole)));
      }, () => begun);
      assertEquals(begun, 50);
      assertLess(most, 5);
      for (const client of clients) client.close();
    }, { clock: new FakeClock() });
  },
});
