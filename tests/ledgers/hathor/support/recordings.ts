import { assertEquals } from "@std/assert";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import {
  entriesOf,
  isPyObject,
  type PyJson,
  pyObject,
  valueAt,
} from "../../../../src/python/json.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import type { ClientSocket } from "../../../support/client_socket.ts";
import { at, networkOf, readPythonVectors } from "./vectors.ts";

/** What the real node was asked and what it said: see `tests/vectors`. */
const FILE = "hathor_sockets.json";

/** The network that the recordings are of. */
export function recordedNetwork(): Network {
  return inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
}

/** Something of the recordings that is a list. */
export function recorded(...path: readonly string[]): readonly PyJson[] {
  const list = at(readPythonVectors(FILE), ...path);
  if (!Array.isArray(list)) throw new TypeError(`no list at ${path.join(".")}`);
  return list;
}

/** What differs from run to run. */
const ITS_OWN = new Set(["peer_id", "stream_id", "latest_event_id"]);

/** A message without what differs from run to run: its text shows key order and number classes. */
export function shown(message: PyJson): string {
  if (!isPyObject(message)) return writeRestJson(message);
  const event = valueAt(message, "event");
  return writeRestJson(pyObject(
    entriesOf(message).filter(([key]) => !ITS_OWN.has(key)).map(([key, value]) => [
      key,
      key === "event" && isPyObject(event) ? without(event, "timestamp") : value,
    ]),
  ));
}

function without(object: PyJson, name: string): PyJson {
  if (!isPyObject(object)) return object;
  return pyObject(entriesOf(object).filter(([key]) => key !== name));
}

/** How a conversation is compared. */
interface Comparison {
  /** Where it is recorded. */
  readonly under?: string;
  /** What is told instead of a recorded message, where that is something else. */
  readonly change?: (message: string) => readonly string[] | undefined;
  /** A text of ours as the real node would have told it. */
  readonly asRecorded?: (text: string) => string;
}

/** Says what the recorded client said, and holds each answer to the recorded one. */
export async function converse(
  name: string,
  socket: ClientSocket,
  { under = "conversations", change = () => undefined, asRecorded = (text) => text }: Comparison =
    {},
): Promise<void> {
  let read = socket.texts.length;
  for (const entry of recorded(under, name)) {
    const [direction, message = null] = Array.isArray(entry) ? entry : [];
    if (direction === "out") {
      socket.send(String(message));
      continue;
    }
    for (const wanted of change(shown(message)) ?? [shown(message)]) {
      await socket.next();
      const text = asRecorded(socket.texts[read++] ?? "");
      assertEquals(shown(parsePyJson(text)), wanted);
    }
  }
}
