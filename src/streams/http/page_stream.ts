import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { inheritedUpTo, type Layout } from "../chain/layout.ts";
import { type DataRun, type Joining, pieceOf, type StreamPage } from "../chain/page.ts";
import { type OpenChain, readPage } from "../chain/reading.ts";
import { givesParts } from "../../web/given_parts.ts";
import type { Share } from "./held_pages.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Bytes of a piece of a body, about: one that waits for a slow client is all that it costs. */
const PIECE_BYTES = 128 * 1024;

/** What a body is made of. */
export interface PageSource {
  readonly open: OpenChain;
  readonly layout: Layout;
  readonly position: number;
  readonly page: StreamPage;
  readonly joining: Joining;
  readonly share: Share;
}

/**
 * The data of a page, which is the caller's own, as a body that is put together as the client takes
 * it. The page is held while its share lasts; from there on what is left is read anew, a piece at a
 * time, and is the same, since data at a position never changes.
 */
export function pageStream(source: PageSource): ReadableStream<Uint8Array> {
  const body = new PageBody(source);
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await body.next();
        // The client may have gone while it was read.
        if (body.isEnded) return;
        controller.enqueue(piece);
      } catch (error) {
        if (body.isEnded) return;
        body.end();
        logger.warn("an answer broke off: {error}", { error: messageOf(error) });
        throw error;
      }
      if (!body.isOver) return;
      controller.close();
      body.end();
    },
    cancel: () => body.end(),
  }, { highWaterMark: 0 });
  return givesParts(stream);
}

class PageBody {
  readonly #open: OpenChain;
  /** Where the page lies, and no more. */
  readonly #layout: Layout;
  readonly #joining: Joining;
  readonly #share: Share;
  /** What is held and not sent yet. */
  #runs: DataRun[];
  #held: number;
  #position: number;
  #isFirst = true;
  #isEnded = false;

  constructor({ open, layout, position, page, joining, share }: PageSource) {
    this.#open = open;
    this.#layout = {
      extents: inheritedUpTo(layout, page.next),
      first: layout.first,
      tail: page.next,
    };
    this.#joining = joining;
    this.#share = share;
    // The page itself is not kept: it would hold what was sent already.
    this.#runs = [...page.runs];
    this.#held = page.bytes;
    this.#position = position;
    share.keep(this.#held, () => this.#letGo());
  }

  /** Whether nothing more is wanted of it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether all of the page was given. */
  get isOver(): boolean {
    return this.#position >= this.#layout.tail;
  }

  async next(): Promise<Uint8Array> {
    const isHeld = this.#runs.length > 0;
    const runs = isHeld ? this.#take() : await this.#readAgain();
    const piece = pieceOf(runs, this.#joining, this.#isFirst, this.isOver);
    this.#isFirst = false;
    // What is read anew may be shared with others who read there.
    if (isHeld) this.#free(runs);
    return piece;
  }

  end(): void {
    this.#isEnded = true;
    this.#letGo();
    this.#share.end();
  }

  #letGo(): void {
    const runs = this.#runs;
    this.#runs = [];
    this.#free(runs);
  }

  /** Gives back the memory of runs that were the last of those they were read with. */
  #free(runs: readonly DataRun[]): void {
    const inUse = this.#runs[0]?.stretch;
    for (const stretch of new Set(runs.map(({ stretch }) => stretch))) {
      if (stretch !== inUse) stretch.free();
    }
  }

  #take(): readonly DataRun[] {
    let count = 0;
    let bytes = 0;
    for (const { batch, from, to } of this.#runs) {
      if (bytes >= PIECE_BYTES) break;
      bytes += batch.sizeOf(from, to);
      count++;
    }
    const taken = this.#runs.splice(0, count);
    this.#held -= bytes;
    this.#share.use(this.#held);
    const last = taken.at(-1);
    // Behind the last may be what is no data, and belongs to the page.
    this.#position = this.#runs.length === 0 || last === undefined
      ? this.#layout.tail
      : last.batch.first + last.to + last.shift;
    return taken;
  }

  async #readAgain(): Promise<readonly DataRun[]> {
    const page = await readPage(this.#open, this.#layout, this.#position);
    // Nothing is left of what there was: the store was changed, and no answer would be right.
    if (page.next <= this.#position) throw new Error("what was to be sent is gone");
    this.#position = page.next;
    return page.runs;
  }
}
