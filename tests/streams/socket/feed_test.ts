import { appendsOf } from "../../../src/streams/socket/appends.ts";
import { SOLE_OWNER } from "../../../src/web/owner.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { assert, assertEquals, assertLess } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import { type Opening, StreamSocket } from "../../../src/streams/socket/socket.ts";
import { SOCKET_HIGH_WATER } from "../../../src/kernel/limits.ts";
import { Log } from "../../../src/log/log.ts";
import { Session } from "../../../src/sockets/session.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { Prng } from "../../support/prng.ts";
import { until } from "../../support/until.ts";
import { appendJson, makeStream } from "../chain/stream_world.ts";

interface Told {
  readonly offset: string;
  readonly data: readonly [number, string];
}

class World {
  readonly clock = new FakeClock();
  readonly transport = new FakeTransport();
  readonly session = new Session(this.transport, this.clock, { closed: () => {} });
  readonly service: StreamService;
  readonly #events: Told[] = [];
  #read = 0;
  #count = 0;

  constructor(log: Log) {
    this.service = new StreamService(log, this.clock);
  }

  /** Numbers that were appended so far. */
  get count(): number {
    return this.#count;
  }

  async create(): Promise<void> {
    await makeStream(this.service, "s");
  }

  /** Appends the next numbers, each with some weight. */
  async append(count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, at) => [this.#count + at, "x".repeat(900)]);
    this.#count += count;
    await appendJson(this.service, "s", values);
  }

  async open(window: number | undefined): Promise<void> {
    const opening: Opening = {
      name: "s",
      state: await this.service.state("s"),
      asked: { start: { at: "offset", offset: "-1" }, filter: undefined, window },
      position: 0,
      append: appendsOf(this.service, SOLE_OWNER),
      telling: undefined,
      mayAppend: () => true,
      mayRead: () => true,
    };
    const socket = new StreamSocket(this.session, this.service, opening);
    socket.begin();
    this.session.open(socket);
  }

  /** Every event that was handed over. */
  get events(): readonly Told[] {
    const { sent } = this.transport;
    while (this.#read < sent.length) {
      this.#events.push(...JSON.parse(sent[this.#read++] ?? "").events ?? []);
    }
    return this.#events;
  }
}

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    const world = new World(log);
    await world.create();
    await body(world);
    world.session.peerClosed();
    assertEquals(world.clock.waiting, 0);
  } finally {
    await log.close();
    store.close();
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

for (const [seed, window] of [[1, undefined], [2, undefined], [3, 40], [4, 7]] as const) {
  Deno.test(`a peer that takes by fits and starts gets all (window ${window ?? "none"}, seed ${seed})`, async () => {
    await withWorld(async (world) => {
      const random = new Prng(seed);
      const { transport, clock, session } = world;
      await world.append(400);
      await world.open(window);
      transport.isReading = false;
      for (let step = 0; step < 300; step++) {
        if (random.chance(0.2) && step < 200) await world.append(1 + random.below(30));
        if (random.chance(0.5)) transport.take(random.below(100_000));
        if (random.chance(0.5)) clock.advance(random.below(100));
        const last = world.events.at(-1);
        if (window !== undefined && last !== undefined && random.chance(0.7)) {
          session.receive(JSON.stringify({ type: "ack", offset: last.offset }));
        }
        await turn();
        assertLess(transport.buffered, SOCKET_HIGH_WATER + 100_000);
      }
      transport.isReading = true;
      await until("everything", () => {
        transport.take();
        clock.advance(200);
        const last = world.events.at(-1);
        if (window !== undefined && last !== undefined) {
          session.receive(JSON.stringify({ type: "ack", offset: last.offset }));
        }
        return world.events.length >= world.count;
      });
      const numbers = world.events.map(({ data: [number] }) => number);
      assertEquals(numbers, [...Array(world.count).keys()]);
      assertEquals(transport.closed, undefined);
    });
  });
}

Deno.test("whoever was too slow for what is live is sent several at once again, and told the end", async () => {
  await withWorld(async (world) => {
    const { transport, clock } = world;
    await world.open(undefined);
    await until("the end", () => transport.sent.some((text) => text.includes("caught_up")));
    transport.isReading = false;
    for (let lot = 0; lot < 20; lot++) await world.append(30);
    await until("it is full", () => transport.buffered >= SOCKET_HIGH_WATER);
    const before = transport.sent.length;
    transport.isReading = true;
    transport.take();
    clock.advance(200);
    await until("everything", () => world.events.length === 600);
    const later = transport.sent.slice(before).map((text) => JSON.parse(text));
    assert(later.length < 40, `${later.length} messages`);
    assertEquals(later.at(-1).type, "caught_up");
    await world.append(2);
    await until("what is live", () => world.events.length === 602);
    assertEquals(JSON.parse(transport.sent.at(-1) ?? "").events.length, 2);
  });
});
