import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { type AskingBounds, ClientAsking } from "../../src/remote/client_asking.ts";
import { RemoteServer } from "../../src/remote/remote_server.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HoldingRoad } from "../support/holding_road.ts";
import { until, within } from "../support/until.ts";

/** Runs `body` with a remote that answers what a test says, and what asks it for clients. */
async function withAsking(
  bounds: Partial<AskingBounds>,
  body: (asking: ClientAsking, road: HoldingRoad, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const road = new HoldingRoad();
  try {
    const clock = new FakeClock();
    const server = new RemoteServer({ origin: road.origin, key: undefined });
    await body(new ClientAsking(server, clock, bounds), road, clock);
  } finally {
    await road.close();
  }
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return (await within("a refusal", assertRejects(() => answer, LedgerError))).code;
}

/** Notes how a promise ends, so that none is without somebody who waits for it. */
function noted<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}

Deno.test("a remote that begins no answer in a minute is away, and its place is the next one's", async () => {
  await withAsking({ atOnce: 1 }, async (asking, road, clock) => {
    const first = noted(asking.ask("/held"));
    await until("it is asked", () => road.held.length === 1);
    clock.advance(30_000);
    const second = asking.ask("/answered");
    clock.advance(29_999);
    assertEquals(road.asked, 1);
    clock.advance(1);
    assertEquals(await codeOf(first), "remote_away");
    assertEquals(await (await within("its turn", second)).text(), "/answered");
    await until("the first is not asked for any more", () => road.held[0]?.signal.aborted);
  });
});

Deno.test("beyond those that are asked and those that wait nothing is sent, and that is said", async () => {
  await withAsking({ atOnce: 2, waiting: 1 }, async (asking, road, clock) => {
    const held = [1, 2, 3].map(() => noted(asking.ask("/held")));
    assertEquals(await codeOf(asking.ask("/held")), "remote_busy");
    await until("two are asked", () => road.held.length === 2);
    // Who waits does not wait for ever.
    clock.advance(59_999);
    assertEquals(road.asked, 2);
    clock.advance(1);
    const codes = await Promise.all(held.map(codeOf));
    assertEquals(codes.slice(0, 2), ["remote_away", "remote_away"]);
    assertEquals(await (await asking.ask("/answered")).text(), "/answered");
  });
});

Deno.test("whoever goes away is not asked for any more, and does not keep his place", async () => {
  await withAsking({ atOnce: 1 }, async (asking, road) => {
    const [first, second] = [new AbortController(), new AbortController()];
    const held = noted(asking.ask("/held", { signal: first.signal }));
    const waiting = noted(asking.ask("/held", { signal: second.signal }));
    await until("one is asked", () => road.held.length === 1);
    second.abort();
    assertEquals(await codeOf(waiting), "remote_busy");
    first.abort();
    await within("it has ended", assertRejects(() => held));
    await until("the remote hears of it", () => road.held[0]?.signal.aborted);
    assertEquals(await (await asking.ask("/answered")).text(), "/answered");
    assertEquals(road.asked, 2);
  });
});

Deno.test("an answer without end is cut, and one that is cut off, late, or not read gives its place back", async () => {
  await withAsking({ atOnce: 1, bytes: 1_000 }, async (asking, _road, clock) => {
    const long = await asking.ask("/long");
    assertEquals(await codeOf(long.bytes()), "remote_invalid");
    const cut = await asking.ask("/cut");
    assertEquals(await codeOf(cut.bytes()), "remote_away");
    const slow = await asking.ask("/slow");
    let end = "";
    const ending = codeOf(slow.bytes()).then((code) => end = code);
    noted(ending);
    // Its first part may still be on its way.
    await until("it is late", () => {
      clock.advance(60_000);
      return end !== "";
    });
    assertEquals(await ending, "remote_away");
    await (await asking.ask("/answered")).body?.cancel();
    assertEquals((await asking.ask("/answered", { method: "HEAD" })).status, 200);
    const left = new AbortController();
    await asking.ask("/answered", { signal: left.signal });
    left.abort();
    assertEquals(await (await asking.ask("/answered")).text(), "/answered");
  });
});

Deno.test("for whoever has left before his turn nothing is sent, and his place is given back", async () => {
  await withAsking({ atOnce: 1 }, async (asking, road) => {
    const gone = AbortSignal.abort();
    assertEquals(await codeOf(asking.ask("/answered", { signal: gone })), "closed");
    const first = await asking.ask("/long");
    const leaving = new AbortController();
    const second = noted(asking.ask("/answered", { signal: leaving.signal }));
    // Both at once: he is given the place, and is gone.
    await first.body?.cancel();
    leaving.abort();
    assertEquals(await codeOf(second), "closed");
    assertEquals(await (await within("its turn", asking.ask("/answered"))).text(), "/answered");
    assertEquals(road.asked, 2);
  });
});

Deno.test("whoever takes no more of an answer for a minute does not keep his place", async () => {
  await withAsking({ atOnce: 1 }, async (asking, _road, clock) => {
    for (const isBegun of [false, true]) {
      const answer = await asking.ask("/long");
      const reader = answer.body?.getReader();
      if (isBegun) await reader?.read();
      clock.advance(1);
      const second = asking.ask("/answered");
      clock.advance(59_999);
      assertEquals(await (await within("its turn", second)).text(), "/answered");
      assertEquals(await codeOf(reader?.read() ?? Promise.resolve()), "closed");
    }
    assertEquals(clock.waiting, 0);
  });
});
