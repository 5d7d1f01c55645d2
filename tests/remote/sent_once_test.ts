import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { RemoteServer } from "../../src/remote/remote_server.ts";
import { OnceHeldRoad } from "../support/once_held_road.ts";
import { until, within } from "../support/until.ts";

Deno.test("what may be done once is sent once, though the connection it is sent on was used before and is cut", async () => {
  const road = await OnceHeldRoad.open("http://127.0.0.1:0");
  try {
    const server = new RemoteServer({ origin: road.origin, key: "a-key" });
    const sent: RequestInit[] = [
      { method: "POST", body: new TextEncoder().encode("some") },
      { method: "POST", body: "text" },
      { method: "POST" },
      { method: "DELETE" },
      { method: "PUT", body: new Uint8Array() },
    ];
    for (const init of sent) {
      // A connection is left open by what is answered.
      road.mode = "refused";
      await within("an answer", (await server.ask("/", init)).bytes());
      road.mode = "held";
      const count = road.held.length;
      const asked = server.ask("/", init);
      asked.catch(() => {});
      await until("it is asked", () => road.held.length > count);
      road.cut();
      const { code } = await within("its end", assertRejects(() => asked, LedgerError));
      assertEquals([code, road.held.length], ["remote_away", count + 1]);
    }
  } finally {
    road.close();
  }
});
