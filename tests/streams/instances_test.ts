import { chainProjection } from "../../src/server/projections.ts";
import { assertEquals } from "@std/assert";
import { openStore } from "../../src/kv/open.ts";
import { layoutOf } from "../../src/streams/chain/layout.ts";
import { LiveStreams } from "../../src/streams/http/live.ts";
import { readPage } from "../../src/streams/chain/reading.ts";
import { StreamService } from "../../src/streams/chain/service.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { Log } from "../../src/log/log.ts";
import { within } from "../support/until.ts";
import { appendJson, makeStream } from "./chain/stream_world.ts";

Deno.test("two instances append to one stream in one order, and each hears the other", async () => {
  const store = await openStore(":memory:");
  const logs = [
    new Log(store, { projectionOf: chainProjection }),
    new Log(store, { projectionOf: chainProjection }),
  ] as const;
  const [one, other] = [
    new StreamService(logs[0], systemClock),
    new StreamService(logs[1], systemClock),
  ];
  const live = new LiveStreams(other);
  try {
    assertEquals((await makeStream(one, "s")).isNew, true);
    assertEquals((await makeStream(other, "s")).isNew, false);
    const { life } = await other.state("s");
    const { stream, leave } = await live.hold("s");
    const heard: unknown[] = [];
    const hearing = (async () => {
      for (let position = 0, isClosed = false; !isClosed;) {
        const { version } = stream;
        const glimpse = await stream.look(life, position);
        heard.push(...glimpse?.page.events().map(({ data }) => data) ?? []);
        position = glimpse?.page.next ?? position;
        isClosed = glimpse?.state.isClosed ?? true;
        if (!isClosed) await stream.changed(version, live.stopping);
      }
    })();
    const numbers = Array.from({ length: 60 }, (_, at) => at);
    await Promise.all(numbers.map((n) => appendJson(n % 2 === 0 ? one : other, "s", n)));
    await appendJson(one, "s", 60, { closes: true });
    await within("the other instance hears the end", hearing);
    leave();
    const page = await readPage(one.open, layoutOf("s", await one.state("s")), 0);
    assertEquals(heard, page.events().map(({ data }) => data));
    assertEquals(heard.map(Number).toSorted((a, b) => a - b), [...numbers, 60]);
  } finally {
    live.end();
    await Promise.all(logs.map((log) => log.close()));
    store.close();
  }
});
