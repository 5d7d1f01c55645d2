import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { isPyObject, type PyJson, valueAt } from "../../../../src/python/json.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { FollowerWorld } from "../support/follower_world.ts";
import { recorded, recordedNetwork } from "../support/recordings.ts";
import { ScriptedNode } from "../support/scripted_node.ts";
import { at, readPythonVectors } from "../support/vectors.ts";

/** What recordings have in their scenarios; events of each begin with the first. */
const SCENARIOS = namesOf(at(readPythonVectors("hathor_sockets.json"), "competing"));

function namesOf(value: PyJson): string[] {
  if (!isPyObject(value)) return [];
  return value instanceof Map ? [...value.keys()] : Object.keys(value);
}

/** The events that a real node has told in a scenario, from the first on, each once. */
function eventsIn(name: string): string[] {
  const events: string[] = [];
  for (const entry of recorded("competing", name, "events")) {
    const message = Array.isArray(entry) ? entry[1] : undefined;
    const event = isPyObject(message) ? valueAt(message, "event") : undefined;
    const id = isPyObject(event) ? valueAt(event, "id") : undefined;
    if (event !== undefined && id === events.length) events.push(writeRestJson(event));
  }
  return events;
}

const vertexEvent = z.object({
  type: z.string(),
  data: z.object({
    hash: z.string(),
    version: z.int(),
    metadata: z.object({
      voided_by: z.array(z.string()),
      first_block: z.string().nullable(),
      height: z.int(),
    }).optional(),
  }),
});

for (const name of SCENARIOS) {
  const events = eventsIn(name);
  if (events.length === 0) continue;
  Deno.test(`what a real node has told is taken as it is, and its last word counts: ${name}`, async () => {
    const network = recordedNetwork();
    const node = new ScriptedNode(network, events);
    const follower = await FollowerWorld.open(network, node.origin);
    try {
      follower.followed.start();
      await follower.reach(events.length);
      assertEquals(await follower.eventTexts(), events);
      let highest = -1;
      let unconfirmed = 0;
      const last = new Map<string, z.infer<typeof vertexEvent>>();
      for (const text of events) {
        const parsed = vertexEvent.safeParse(JSON.parse(text));
        if (parsed.success) last.set(parsed.data.data.hash, parsed.data);
      }
      for (const [hash, { type, data: { version, metadata } }] of last) {
        const view = await follower.queries.vertex(hash);
        assertEquals(view === undefined, type === "VERTEX_REMOVED");
        if (view === undefined || metadata === undefined) continue;
        assertEquals(view.metadata.voidedBy, metadata.voided_by);
        assertEquals(view.metadata.firstBlock, metadata.first_block);
        const counts = metadata.voided_by.length === 0;
        if (version === 0 && counts) highest = Math.max(highest, metadata.height);
        const isGenesis = [network.genesis.tx1Hash, network.genesis.tx2Hash].includes(hash);
        if (version !== 0 && counts && metadata.first_block === null && !isGenesis) unconfirmed++;
      }
      assertEquals((await follower.queries.state()).best.height, highest);
      assertEquals(await follower.queries.mempoolSize(), unconfirmed);
      assertEquals(await follower.queries.chain.compareRows(), undefined);
    } finally {
      await follower.close();
      await node.close();
    }
  });
}

Deno.test("there is something recorded to be followed", () => {
  assert(SCENARIOS.some((name) => eventsIn(name).some((text) => text.includes("REORG_STARTED"))));
  assert(SCENARIOS.some((name) => eventsIn(name).some((text) => text.includes("VERTEX_REMOVED"))));
});
