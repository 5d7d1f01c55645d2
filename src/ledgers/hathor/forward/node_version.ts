import type { Clock } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { remoteAway } from "../../../remote/forward.ts";
import { textOfAnswer } from "../../../remote/whole_answer.ts";
import type { RemoteNode } from "../follow/remote_node.ts";
import { jsonTextAnswer } from "../http/responses.ts";
import { awayAnswer } from "./forwarding.ts";

/** Milliseconds for which it is not asked for again. */
const KEPT_MS = 10_000;

/** Milliseconds that a wallet waits for it. */
const ASK_MS = 3_000;

const MOST_BYTES = 64 * 1024;

/**
 * What the node that is followed says of its version, its network and what weights it asks for. Each
 * wallet asks for that when it begins, and they all come back at once: so it is asked for once in ten
 * seconds, and while the node is away what it has said last is told.
 */
export class NodeVersion {
  readonly #node: RemoteNode;
  readonly #clock: Clock;
  #text: string | undefined;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(node: RemoteNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
  }

  /** 503 `remote_away` where it is not known. */
  async answer(): Promise<Response> {
    const age = this.#clock.now() - this.#askedAt;
    if (this.#text === undefined || age < 0 || age >= KEPT_MS) {
      this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
      await this.#asking;
    }
    return this.#text === undefined ? awayAnswer(remoteAway()) : jsonTextAnswer(this.#text);
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#clock.now();
    try {
      const answer = await this.#node.get("/version", AbortSignal.timeout(ASK_MS));
      this.#text = await textOfAnswer(answer, MOST_BYTES);
    } catch (error) {
      // What it has said before is as good.
      if (!(error instanceof LedgerError)) throw error;
    }
  }
}
