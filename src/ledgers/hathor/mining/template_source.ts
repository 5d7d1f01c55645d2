import type { Progress, Source } from "../../../sockets/source.ts";
import { type Frames, oneFrame } from "../../../sockets/frames.ts";
import type { Sink } from "../../../sockets/transport.ts";
import type { CurrentTemplate, TemplateFeed } from "./template_feed.ts";

/** What miners are told of a template: one message for all. */
const notices = new WeakMap<CurrentTemplate, Frames>();

function noticeOf(template: CurrentTemplate): Frames {
  let notice = notices.get(template);
  if (notice === undefined) {
    notice = oneFrame(`{"id":null,"method":"mining.notify","params":[${template.text}]}`);
    notices.set(template, notice);
  }
  return notice;
}

/**
 * Tells one miner of every new template. One that is slow misses those that were replaced meanwhile,
 * and gets the last.
 */
export class TemplateSource implements Source {
  readonly #feed: TemplateFeed;
  readonly #wake: () => void;
  readonly #onClose: (source: TemplateSource) => void;
  readonly #leave: () => void;
  #told = 0;
  #isHeld = false;

  constructor(feed: TemplateFeed, wake: () => void, onClose: (source: TemplateSource) => void) {
    this.#feed = feed;
    this.#wake = wake;
    this.#onClose = onClose;
    this.#leave = feed.listen(wake);
  }

  /** Templates have no place to come back to. */
  get offset(): string {
    return "latest";
  }

  /** Tells nothing until `answer` is given: an answer comes before what it has changed. */
  async hold(answer: () => Promise<void>): Promise<void> {
    this.#isHeld = true;
    try {
      await answer();
    } finally {
      this.#isHeld = false;
      this.#wake();
    }
  }

  send(sink: Sink, highWater: number): Progress {
    const { current } = this.#feed;
    if (this.#isHeld || current === undefined || current.version === this.#told) {
      return "caught_up";
    }
    if (sink.buffered >= highWater) return "full";
    this.#told = current.version;
    sink.sendFrames(noticeOf(current), 0, 1);
    return "caught_up";
  }

  release(): void {}

  close(): void {
    this.#leave();
    this.#onClose(this);
  }
}
