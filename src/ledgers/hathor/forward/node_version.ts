import type { Clock } from "../../../kernel/clock.ts";
import { remoteAway } from "../../../remote/forward.ts";
import { KeptAnswer } from "../../../remote/kept_answer.ts";
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
 * wallet asks for that when it begins, and they all come back at once.
 */
export class NodeVersion {
  readonly #text: KeptAnswer<string>;

  constructor(node: RemoteNode, clock: Clock) {
    const ask = async () => {
      const answer = await node.get("/version", AbortSignal.timeout(ASK_MS));
      return await textOfAnswer(answer, MOST_BYTES);
    };
    this.#text = new KeptAnswer(ask, clock, KEPT_MS);
  }

  /** 503 `remote_away` where it is not known. */
  async answer(): Promise<Response> {
    const text = await this.#text.value();
    return text === undefined ? awayAnswer(remoteAway()) : jsonTextAnswer(text);
  }
}
