import { Pace } from "../../kernel/turn.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import { BatchParts } from "../../sockets/batch_parts.ts";
import type { ToldForm } from "../../web/ledger.ts";
import { costOf, type DataRun, fitting, StreamPage } from "../chain/page.ts";
import { type Format, type Told, writerOf } from "./formats.ts";

/** Bytes after which a page of told events is full: they may be far longer than what is stored. */
const PAGE_BYTES = 256 * 1024;

/** Some events of a batch as they are told. */
interface ToldPart {
  readonly events: EventBatch;
  readonly chars: number;
}

/**
 * How the events of a ledger's chain are told in one format. They are told as events with another
 * text, so that pages and messages are made of them as of any others; each is made once for all.
 */
export class Telling {
  /** Tells it from others of the same chain. */
  readonly id: string;
  readonly format: Format;
  readonly #parts: (batch: EventBatch) => BatchParts<ToldPart>;

  constructor(format: Format, told: Told, form: ToldForm) {
    this.id = `${format} ${told.life}`;
    this.format = format;
    this.#parts = (batch) => {
      const write = writerOf(format, told, batch);
      const part = (from: number, texts: readonly string[]): ToldPart => {
        const written = texts.map((data, at) => write(from + at, data));
        const chars = written.reduce((sum, { length }) => sum + length, 0);
        return { events: batch.retold(from, written), chars };
      };
      return new BatchParts(batch.count, (from, to) => {
        const texts = dataOf(form, batch, from, to);
        return texts instanceof Promise
          ? texts.then((made) => part(from, made))
          : part(from, texts);
      });
    };
  }

  /** The events as they are told, of the part of a batch that holds an offset. */
  part(batch: EventBatch, offset: number): EventBatch | Promise<EventBatch> {
    const part = batch.derive(this.#parts).partAt(offset - batch.first);
    return part instanceof Promise ? part.then(({ events }) => events) : part.events;
  }

  /** A page of a ledger's chain as it is told, up to where it is full. */
  async page({ runs, next }: StreamPage): Promise<StreamPage> {
    const told: DataRun[] = [];
    let room = PAGE_BYTES;
    for (const { batch, from, to, ...run } of runs) {
      for (let at = batch.first + from; at < batch.first + to;) {
        const made = this.part(batch, at);
        const part = made instanceof Promise ? await made : made;
        const begin = at - part.first;
        const most = Math.min(part.count, batch.first + to - part.first);
        const end = fitting(part, begin, most, room);
        const taken = { batch: part, from: begin, to: end, ...run };
        told.push(taken);
        room -= costOf(taken);
        at = part.first + end;
        if (room <= 0) return new StreamPage(told, at + run.shift);
      }
    }
    return new StreamPage(told, next);
  }
}

/** The data of some events; a promise where the ledger has to look something up. */
function dataOf(
  form: ToldForm,
  batch: EventBatch,
  from: number,
  to: number,
): readonly string[] | Promise<readonly string[]> {
  const texts: string[] = [];
  for (let index = from; index < to; index++) {
    const text = form.data(batch, index);
    if (text instanceof Promise) return dataFrom(form, batch, index + 1, to, texts, text);
    texts.push(text);
  }
  return texts;
}

/** Goes on with {@linkcode dataOf}, one after another: an event may need what the last one told. */
async function dataFrom(
  form: ToldForm,
  batch: EventBatch,
  from: number,
  to: number,
  texts: string[],
  first: Promise<string>,
): Promise<readonly string[]> {
  const turns = Pace.ofSteps();
  texts.push(await first);
  for (let index = from; index < to; index++) {
    texts.push(await form.data(batch, index));
    if (turns.isDueAfter(1)) await turns.give();
  }
  return texts;
}
