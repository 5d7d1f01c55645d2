import type { Chain } from "../../../log/chain.ts";
import type { EventBatch } from "../../../log/event_batch.ts";
import { type Framer, framerOf } from "../../../sockets/frames.ts";
import { headerFields, readBlockData } from "../block/block_data.ts";
import { TextBytes } from "../../../sockets/text_bytes.ts";
import { readStored } from "../../../log/read_stored.ts";
import { chainNameOf } from "../chain/names.ts";
import { BLOCK_TYPE, SIGNED } from "../event/event_types.ts";
import { naiveTime } from "./pings.ts";

/**
 * The messages of one chain in each form that a socket may have asked for:
 * - `page`: the published page's `new_event` and `new_block`;
 * - `replay`: the same with `offset` and `id`, for those who ask where to start;
 * - `server`: the `event` and `block_added` that hierachain 0.2.0 has in its code;
 * - `workflow`: those of the second published page, which name the chain `chain`.
 */
export interface ChainFramers {
  readonly page: Framer;
  readonly replay: Framer;
  readonly server: Framer;
  readonly workflow: Framer;
}

const framers = new WeakMap<Chain, ChainFramers>();

/** The framers of a chain: one of each, so that frames are made once for all sockets. */
export function framersOf(chain: Chain): ChainFramers {
  const known = framers.get(chain);
  if (known !== undefined) return known;
  const made = makeFramers(chain);
  framers.set(chain, made);
  return made;
}

function makeFramers(chain: Chain): ChainFramers {
  // Names of chains need no escaping.
  const name = `"chain_name":"${chainNameOf(chain.name)}"`;
  return {
    page: readable(pageFramer(name, false)),
    replay: readable(pageFramer(name, true)),
    workflow: readable(
      framerOf((batch, index) => workflowMessage(chainNameOf(chain.name), batch, index)),
    ),
    server: async (batch) => {
      const texts: string[] = [];
      for (let index = 0; index < batch.count; index++) {
        texts.push(await serverMessage(chain, name, batch, index));
      }
      return { texts, first: batch.first, next: batch.next };
    },
  };
}

/** The framer, which says `damaged` of what it cannot read. */
function readable(framer: Framer): Framer {
  return (batch) => readStored(() => framer(batch));
}

/** Messages are put together here, those of one batch after those of another. */
const written = new TextBytes();

/** The published page's messages, where it `isPlaced` with offset and id, in UTF-8 as they are sent. */
function pageFramer(name: string, isPlaced: boolean): Framer {
  const head = `{"type":"new_event",${name},${isPlaced ? '"offset":' : ""}`;
  return (batch) => {
    written.clear();
    for (let index = 0; index < batch.count; index++) {
      const place = isPlaced ? `${batch.first + index},"id":"${batch.id(index)}",` : "";
      written.begin();
      if (batch.types[index] === BLOCK_TYPE || !batch.isText) {
        const type = batch.types[index] === BLOCK_TYPE ? "new_block" : "new_event";
        const placed = isPlaced ? `"offset":${place}` : "";
        const message = `{"type":"${type}",${name},${placed}"data":${pageData(batch, index)}}`;
        written.addText(message);
        continue;
      }
      written.addText(head);
      written.addText(place);
      // As `pageData` has it.
      written.addText('"data":{');
      if (!isSigned(batch, index)) {
        written.addText('"event_type":');
        written.addText(quotedTypeOf(batch, index));
        written.addText(",");
      }
      written.add(batch.bytes(index, 1));
      written.addText("}");
    }
    return written.frames(batch.first, batch.next);
  };
}

/** Whether the data of an event has its type, as that of a signed one. */
function isSigned(batch: EventBatch, index: number): boolean {
  return batch.keys[index]?.[1] === SIGNED;
}

/** What the published page's messages tell of an event or a block. */
export function pageData(batch: EventBatch, index: number): string {
  const text = batch.text(index);
  if (batch.types[index] === BLOCK_TYPE) {
    const fields = headerFields(text);
    const { hash, index: height } = JSON.parse(`{${fields}}`);
    return `{"block_hash":"${hash}","height":${height},${fields}}`;
  }
  const type = isSigned(batch, index) ? "" : `"event_type":${quotedTypeOf(batch, index)},`;
  return `{${type}${text.slice(1)}`;
}

function workflowMessage(chain: string, batch: EventBatch, index: number): string {
  const text = batch.text(index);
  const place = `"chain":"${chain}","chain_name":"${chain}",` +
    `"offset":${batch.first + index},"id":"${batch.id(index)}"`;
  if (batch.types[index] !== BLOCK_TYPE) {
    return `{"type":"event",${place},"event_type":${quotedTypeOf(batch, index)},"data":${text}}`;
  }
  const fields = headerFields(text);
  const { events_count } = JSON.parse(`{${fields}}`);
  return `{"type":"block_added",${place},"data":{"event_count":${events_count},${fields}}}`;
}

async function serverMessage(
  chain: Chain,
  name: string,
  batch: EventBatch,
  index: number,
): Promise<string> {
  const text = batch.text(index);
  const sent = `"optimized":true,"timestamp":"${naiveTime(batch.time)}"`;
  if (batch.types[index] !== BLOCK_TYPE) {
    return `{"type":"event",${name},"data":${text},${sent},"event_type":${
      quotedTypeOf(batch, index)
    }}`;
  }
  const { first, count, own } = readBlockData(text);
  const logged = count === 0 ? [] : await chain.read(first, count);
  const events = [...logged.map(({ data }) => String(data)), ...own];
  return `{"type":"block_added",${name},"data":{${headerFields(text)},"events":[${
    events.join(",")
  }]},${sent}}`;
}

/** The type of an event as JSON. Types repeat, so the last one is kept as it was written. */
function quotedTypeOf(batch: EventBatch, index: number): string {
  const type = typeOf(batch, index);
  if (type !== lastType) {
    lastType = type;
    lastQuoted = JSON.stringify(type);
  }
  return lastQuoted;
}

let lastType = "";
let lastQuoted = '""';

/** Event types longer than a key may be are read from the event itself. */
function typeOf(batch: EventBatch, index: number): string {
  const [key = ""] = batch.keys[index] ?? [];
  if (!key.startsWith("sha256:")) return key;
  const { event } = JSON.parse(batch.text(index));
  return String(event);
}
