import type { Progress, Source } from "../../../sockets/source.ts";
import type { Transport } from "../../../sockets/transport.ts";
import type { TemplateFeed } from "./template_feed.ts";

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

  send(transport: Transport, highWater: number): Progress {
    const { current } = this.#feed;
    if (this.#isHeld || current === undefined || current.version === this.#told) {
      return "caught_up";
    }
    if (transport.buffered >= highWater) return "full";
    this.#told = current.version;
    transport.sendText(`{"id":null,"method":"mining.notify","params":[${current.text}]}`);
    return "caught_up";
  }

  release(): void {}

  close(): void {
    this.#leave();
    this.#onClose(this);
  }
}
