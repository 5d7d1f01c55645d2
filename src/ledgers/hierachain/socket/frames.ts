import type { Chain } from "../../../log/chain.ts";
import { decodeUtf8 } from "../../../log/bytes.ts";
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
  return (batch) => {
    written.clear();
    const middle = middlesOf(batch);
    for (let index = 0; index < batch.count;) {
      const first = batch.first + index;
      const id = batch.id(index);
      const to = isPlaced ? Math.min(batch.count, nextLonger(first) - batch.first) : batch.count;
      let end = index;
      while (end < to && isPlain(batch, end)) end++;
      const begin = (type: string) =>
        `{"type":"${type}",${name},${isPlaced ? `"offset":${first},"id":"${id}",` : ""}"data":`;
      if (end === index) {
        const type = batch.types[index] === BLOCK_TYPE ? "new_block" : "new_event";
        written.begin();
        // Most of the batch is never made a text.
        const text = decodeUtf8(batch.bytes(index));
        written.addText(`${begin(type)}${pageData(batch, index, text)}}`);
        index++;
        continue;
      }
      const head = begin("new_event");
      const idEnd = head.length - '","data":'.length;
      const placed = { number: idEnd - id.length - '","id":'.length, id: idEnd };
      written.weave(batch, index, end, {
        ...{ head, middle, skip: 1, isSeparate: true },
        ...(isPlaced ? placed : {}),
      });
      index = end;
    }
    return written.frames(batch.first, batch.next);
  };
}

/** Whether the message of an event is its type and its data as they are stored. */
function isPlain(batch: EventBatch, index: number): boolean {
  return batch.isText && batch.types[index] !== BLOCK_TYPE && isShort(batch.keys[index]?.[0] ?? "");
}

/** The first offset that has more digits. */
function nextLonger(offset: number): number {
  return 10 ** String(offset).length;
}

/** What stands before the data of an event whose brace is left out, as {@linkcode pageData} has it. */
function middlesOf(batch: EventBatch): (index: number) => string {
  let [type, middle]: [string | undefined, string] = [undefined, ""];
  return (index) => {
    if (isSigned(batch, index)) return "{";
    const key = batch.keys[index]?.[0] ?? "";
    if (key !== type) {
      type = key;
      middle = `{"event_type":${quotedTypeOf(batch, index)},`;
    }
    return middle;
  };
}

/** Whether the data of an event has its type, as that of a signed one. */
function isSigned(batch: EventBatch, index: number): boolean {
  return batch.keys[index]?.[1] === SIGNED;
}

/** What the published page's messages tell of an event or a block. */
export function pageData(batch: EventBatch, index: number, text = batch.text(index)): string {
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
  if (isShort(key)) return key;
  const { event } = JSON.parse(batch.text(index));
  return String(event);
}

function isShort(key: string): boolean {
  return !key.startsWith("sha256:");
}
