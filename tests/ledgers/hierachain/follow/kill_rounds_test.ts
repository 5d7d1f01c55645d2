import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { amount, figure } from "../../../support/amounts.ts";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { freePort } from "../../../support/ports.ts";
import { ServerProcess, withFolder } from "../../../support/server.ts";
import { until, within } from "../../../support/until.ts";
import { assertChainsFollowed } from "../followed.ts";

/** How often either side is killed. */
const ROUNDS = amount("LEDGER_GATEWAY_KILL_ROUNDS", 4);

/** Clients that post at once. */
const POSTERS = 4;

const refusalForm = z.strictObject({
  error: z.string(),
  message: z.string(),
  status_code: z.literal(503),
});

const blocksForm = z.object({
  blocks: z.array(z.object({ events: z.array(z.object({ entity_id: z.string().optional() })) })),
});

/** What a client has heard of its events: each is sent once, whatever the answer is. */
class Sender {
  readonly answered: string[] = [];
  readonly unknown: string[] = [];
  readonly #origin: string;
  readonly #name: string;

  constructor(origin: string, name: string) {
    this.#origin = origin;
    this.#name = name;
  }

  async send(): Promise<void> {
    const entity = `${this.#name}-${this.answered.length + this.unknown.length}`;
    const text = JSON.stringify({ entity_id: entity, event_type: "made" });
    let status = 0;
    try {
      const response = await fetch(`${this.#origin}/api/ledger/chains/c/events`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        // The runtime would send a whole body twice where its connection is cut.
        body: ReadableStream.from([new TextEncoder().encode(text)]),
      });
      status = response.status;
      const body = await response.json();
      if (status === 503) refusalForm.parse(body);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      // Nobody listens, or it was killed before all was said.
      status = 0;
    }
    assert([0, 200, 503].includes(status), String(status));
    (status === 200 ? this.answered : this.unknown).push(entity);
    if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The entities of all events of the chain, as blocks show them. */
async function entitiesOf(api: HieraChainApi): Promise<string[]> {
  const entities: string[] = [];
  for (let offset = 0;;) {
    const { body } = await api.get(`/api/ledger/chains/c/blocks?limit=50&offset=${offset}`);
    const { blocks } = blocksForm.parse(body);
    if (blocks.length === 0) return entities;
    offset += blocks.length;
    entities.push(
      ...blocks.flatMap(({ events }) => events.flatMap((each) => each.entity_id ?? [])),
    );
  }
}

Deno.test("what is posted through a gateway is there once, however often the node and the gateway are killed", async () => {
  await withFolder(async (folder) => {
    const [there, here] = [freePort(), freePort()];
    const base = (port: number) => `http://127.0.0.1:${port}/hierachain`;
    const startNode = () =>
      ServerProcess.start([`--store=${join(folder, "node.db")}`, `--port=${there}`]);
    const startGateway = () =>
      ServerProcess.start([
        `--store=${join(folder, "gateway.db")}`,
        `--port=${here}`,
        `--hierachain-follow=${base(there)}`,
      ]);
    let node = await startNode();
    let gateway = await startGateway();
    const [origin, copy] = [new HieraChainApi(base(there)), new HieraChainApi(base(here))];
    await copy.create("c");
    const senders = Array.from({ length: POSTERS }, (_, n) => new Sender(base(here), `E-${n}`));
    const answered = () => senders.flatMap((each) => each.answered);
    let isOver = false;
    const sending = Promise.all(senders.map(async (each) => {
      while (!isOver) await each.send();
    }));
    // It is heard of where it is awaited.
    sending.catch(() => isOver = true);
    const more = async (least: number) => {
      const wanted = answered().length + least;
      await until("more are answered", () => isOver || answered().length >= wanted);
    };
    try {
      for (let round = 0; round < ROUNDS; round++) {
        await more(50 + round * 17 % 100);
        if (round % 2 === 0) {
          await node.kill();
          node = await startNode();
        } else {
          await gateway.kill();
          gateway = await startGateway();
        }
      }
      await more(50);
      isOver = true;
      await within("the senders end", sending);
      await assertChainsFollowed(origin, copy, answered().slice(-1));
      const found = (await entitiesOf(copy)).filter((entity) => entity.startsWith("E-"));
      const unique = new Set(found);
      assertEquals(found.length, unique.size, "something is there twice");
      assertEquals(answered().filter((entity) => !unique.has(entity)), [], "something is lost");
      const unknown = senders.flatMap((each) => each.unknown);
      assert(unique.isSubsetOf(new Set([...answered(), ...unknown])));
      figure("kills", ROUNDS);
      figure("events answered", answered().length);
      figure("events told as unknown", unknown.length);
    } finally {
      isOver = true;
      await gateway.kill();
      await node.kill();
    }
  });
});
