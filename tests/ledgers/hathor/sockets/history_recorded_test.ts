import { isPyObject, type PyObject, valueAt } from "../../../../src/python/json.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { connect, withWorld } from "../support/admin_client.ts";
import { Likeness, shape } from "../support/likeness.ts";
import { converse, recorded } from "../support/recordings.ts";
import type { SocketWorld } from "../support/socket_world.ts";
import { at, readPythonVectors, vertexOf } from "../support/vectors.ts";

/** Takes in what the recorded node had: of one transaction and what follows it, likenesses. */
async function fill(world: SocketWorld): Promise<Likeness> {
  const likeness = new Likeness(world.node.network);
  for (const hex of recorded("live", "vertices")) {
    const vertex = vertexOf(String(hex));
    likeness.add(vertex.hash, vertex);
    await world.take(vertex);
  }
  const news = new Set<string>();
  for (const entry of recorded("competing", "live_end", "events")) {
    const [direction, message = null] = Array.isArray(entry) ? entry : [];
    if (direction === "out" || at(message, "event", "type") !== "NEW_VERTEX_ACCEPTED") continue;
    const recordedShape = shape.parse(JSON.parse(writeRestJson(at(message, "event", "data"))));
    // The real node sends some events twice.
    if (news.has(recordedShape.hash)) continue;
    news.add(recordedShape.hash);
    await world.take(likeness.make(recordedShape));
  }
  return likeness;
}

/** What the real node told of each vertex, which is recorded once. */
function toldVertices(): PyObject {
  const told = at(readPythonVectors("hathor_sockets.json"), "histories", "told");
  if (!isPyObject(told)) throw new TypeError("no vertices");
  return told;
}

const METRICS = '"type":"dashboard:metrics"';

// Everything is compared to the character, but for the hashes of one transaction and of the blocks
// after it, as its signatures are made anew, and for the time of figures.
Deno.test("recorded histories by key, by window and by addresses are told as recorded", async () => {
  await withWorld(async (world, clock) => {
    const likeness = await fill(world);
    const told = toldVertices();
    const withVertex = (message: string) =>
      message.replace(/"data":"([0-9a-f]{64})"/, (_, hash) => (
        `"data":${writeRestJson(valueAt(told, hash) ?? null)}`
      ));
    for (const name of ["by_key", "by_window", "by_addresses"]) {
      const socket = await connect(world);
      await converse(name, socket, {
        under: "histories",
        change(message) {
          if (message.includes(METRICS)) clock.advance(1_000);
          return [withoutTime(withVertex(message))];
        },
        asRecorded: (text) => withoutTime(likeness.asRecorded(text)),
      });
      await socket.close();
    }
  }, { isRecorded: true });
});

/** Figures tell when they were taken. */
function withoutTime(message: string): string {
  return message.includes(METRICS) ? message.replace(/"time":[\d.]+/, '"time":0') : message;
}
