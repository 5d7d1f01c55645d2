import type { NodeWalletOptions } from "../../../../src/ledgers/hathor/sockets/admin/node_wallet.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { ClientSocket, type Told } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { ACCEPTED, ADMIN_PATH, HISTORY } from "./admin_client.ts";
import { EVENT_PATH, settle, start } from "./event_client.ts";
import { Likeness, shape } from "./likeness.ts";
import { recorded, recordedNetwork, shown } from "./recordings.ts";
import { SocketWorld } from "./socket_world.ts";
import { vertexOf } from "./vectors.ts";

const METRICS = "dashboard:metrics";

/** What one of the two nodes told, each message without what cannot be compared. */
export interface Said {
  /** Events in order. */
  readonly events: string[];
  /** What everybody is told, and answers, in order. */
  readonly broadcasts: string[];
  /** What the subscribers of an address are told of a vertex, in order. */
  readonly histories: Record<string, string[]>;
}

/** What happened before a recording begins, or how its node was set up. */
interface Setting {
  readonly rewardBlocks?: number;
  readonly wallet?: NodeWalletOptions;
  /** Vertices that were there, in hex, and the last event that the client had of these. */
  readonly before?: readonly string[];
  readonly lastAck?: number;
  /** What the client had said on the admin socket. */
  readonly subscribe?: readonly string[];
}

/**
 * Has the recorded clients say what they said to a node of ours, where vertices like the recorded
 * ones are taken in, in their order. Only what nodes tell of these is recorded, not their bytes.
 */
export async function replay(
  name: string,
  setting: Setting = {},
): Promise<{ ours: Said; theirs: Said }> {
  const { rewardBlocks = 1, wallet } = setting;
  const network = { ...recordedNetwork(), rewardSpendMinBlocks: rewardBlocks };
  const clock = new FakeClock();
  const world = await SocketWorld.open({ network, clock, admin: { wallet } });
  try {
    return await new Replay(world, clock, name).run(setting);
  } finally {
    await world.close();
  }
}

/** A message of a recording, or what the client said. */
interface Entry {
  readonly isOut: boolean;
  readonly text: string;
  // What a message holds is for whoever looks at it to know.
  readonly message: Told;
}

class Replay {
  readonly #world: SocketWorld;
  readonly #clock: FakeClock;
  readonly #likeness: Likeness;
  readonly #events: readonly Entry[];
  readonly #admin: readonly Entry[];
  /** Entries of the event socket that are done with. */
  #followed = 0;

  constructor(world: SocketWorld, clock: FakeClock, name: string) {
    this.#world = world;
    this.#clock = clock;
    this.#likeness = new Likeness(world.node.network);
    this.#events = entries(name, "events");
    this.#admin = entries(name, "admin");
  }

  async run(
    { before = [], lastAck, subscribe = [] }: Setting,
  ): Promise<{ ours: Said; theirs: Said }> {
    const { origin } = this.#world;
    for (const hex of before) {
      const vertex = vertexOf(hex);
      this.#likeness.add(vertex.hash, vertex);
      await this.#world.take(vertex);
    }
    const events = await ClientSocket.open(origin, EVENT_PATH);
    if (lastAck !== undefined) events.send(start(1_000_000, lastAck));
    const admin = await ClientSocket.open(origin, ADMIN_PATH);
    await admin.next();
    for (const text of subscribe) await admin.ask(text);
    const begin = admin.texts.length;
    for (const entry of this.#admin) await this.#follow(entry, events, admin);
    admin.send({ type: "ping" });
    await admin.count("pong", 1);
    await settle(events);
    await Promise.all([events.close(), admin.close()]);
    const asRecorded = ({ texts }: ClientSocket) =>
      texts.map((text) => this.#likeness.asRecorded(text));
    return {
      ours: said(asRecorded(events).slice(0, -1), asRecorded(admin).slice(begin, -1)),
      theirs: said(answers(this.#events), answers(this.#admin)),
    };
  }

  /** Does what a recorded message of the admin socket tells of, and waits for ours. */
  async #follow({ isOut, text, message }: Entry, events: ClientSocket, admin: ClientSocket) {
    if (isOut) return admin.send(text);
    switch (message.type) {
      case "subscribe_address":
        return void await admin.next();
      case METRICS: {
        const count = admin.of(METRICS).length + 1;
        this.#clock.advance(1_000);
        return void await admin.count(METRICS, count);
      }
      case ACCEPTED: {
        const { hash } = await this.#take(message.tx_id, events);
        // All of what a change is told with is told at once.
        await until("the vertex", () => admin.of(ACCEPTED).some(({ tx_id }) => tx_id === hash));
        await until("its event", () => events.of("EVENT").at(-1)?.event.data.hash === hash);
      }
    }
  }

  /** Makes and takes in the vertex that the real node tells of, after what its client said before. */
  async #take(hash: string, events: ClientSocket): Promise<Vertex> {
    for (;;) {
      const entry = this.#events[this.#followed++];
      if (entry === undefined) throw new RangeError(`${hash} has no event`);
      if (entry.isOut) events.send(entry.text);
      else if (entry.message.event.type === "NEW_VERTEX_ACCEPTED") {
        const { data } = entry.message.event;
        if (data.hash !== hash) continue;
        const vertex = this.#likeness.make(shape.parse(data));
        await this.#world.take(vertex);
        return vertex;
      }
    }
  }
}

function entries(name: string, socket: "events" | "admin"): Entry[] {
  return recorded("competing", name, socket).map((entry) => {
    const [direction, said = null] = Array.isArray(entry) ? entry : [];
    const isOut = direction === "out";
    const text = isOut ? String(said) : writeRestJson(said);
    return { isOut, text, message: JSON.parse(text) };
  });
}

function answers(told: readonly Entry[]): string[] {
  return told.filter(({ isOut }) => !isOut).map(({ text }) => text);
}

function said(events: readonly string[], admin: readonly string[]): Said {
  const histories: Record<string, string[]> = {};
  const broadcasts: string[] = [];
  for (const text of admin) {
    const { type, address, history }: Told = JSON.parse(text);
    if (type !== HISTORY) {
      broadcasts.push(comparable(text));
      continue;
    }
    (histories[`${address} ${history.tx_id}`] ??= []).push(text);
  }
  return { events: tiesByHash(events), broadcasts, histories };
}

const SETS = /"(?:conflict_with|voided_by|twins|tx_ids)":\[([^\]]+)\]/g;

/** A message without what differs from run to run, and with sets in order. */
function comparable(text: string): string {
  return shown(parsePyJson(text))
    .replace(/"nonce":\d+,/, "")
    .replace(/"time":[\d.]+/, '"time":0')
    .replace(SETS, (set, hashes: string) => set.replace(hashes, hashes.split(",").sort().join()));
}

/** Among equal timestamps the real node has no order: runs of them are put in order of hash. */
function tiesByHash(texts: readonly string[]): string[] {
  const told = texts.map((text) => {
    const { event: { type, data } }: Told = JSON.parse(text);
    const place = type === "VERTEX_METADATA_CHANGED" ? data.timestamp : undefined;
    // Ids are of the place, not of the event.
    return { place, hash: data.hash, text: comparable(text).replace(/"id":\d+,/, "") };
  });
  const sorted: string[] = [];
  for (let begin = 0; begin < told.length;) {
    let end = begin + 1;
    const place = told[begin]?.place;
    while (place !== undefined && told[end]?.place === place) end++;
    const run = told.slice(begin, end).sort((a, b) => a.hash < b.hash ? -1 : 1);
    sorted.push(...run.map(({ text }) => text));
    begin = end;
  }
  return sorted;
}
