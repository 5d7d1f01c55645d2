import { LedgerError } from "../../../kernel/errors.ts";
import { forwarded } from "../../../remote/forward.ts";
import { askedUrl } from "../../../web/asked_url.ts";
import { setHeader } from "../../../web/whole_response.ts";
import type { RemoteNode } from "../follow/remote_node.ts";
import type { Call } from "../http/app.ts";
import { ledgerFailure } from "../http/responses.ts";

/** Requests that the node answers at once for all who ask here: it takes one after another. */
const MOST_AT_ONCE = 256;

const BUSY = "The node that is followed is asked too much at once";

/** Sends requests to the node that is followed, and gives its answers as they are. */
export class Forwarding {
  readonly #node: RemoteNode;
  #waiting = 0;

  constructor(node: RemoteNode) {
    this.#node = node;
  }

  /**
   * Answers a call with what the node answers. Where it does not, that is a 503 `remote_away`, and
   * whether it did what was asked is not known.
   *
   * @param path of the route, without the version of the API
   */
  async answer(
    path: string,
    { request, bytes }: Pick<Call, "request" | "bytes">,
  ): Promise<Response> {
    const { pathname, search } = askedUrl(request);
    const { method, headers, signal } = request;
    const isRead = method === "GET" || method === "HEAD";
    // Before it takes a place: a body that never ends keeps nobody but who sends it.
    const body = isRead ? null : await bytes() as Uint8Array<ArrayBuffer>;
    if (this.#waiting >= MOST_AT_ONCE) return awayAnswer(new LedgerError("remote_away", BUSY));
    this.#waiting++;
    try {
      const node = this.#node;
      const base = pathname.replace(/\/$/, "").endsWith(`/v2${path}`) ? "/../v2" : "";
      const sent = new Request(request.url, { method, headers, signal, body });
      const server = { ask: ask(node), send: ask(node) };
      return await forwarded(server, sent, base + path + search, true);
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== "remote_away") throw error;
      return awayAnswer(error);
    } finally {
      this.#waiting--;
    }
  }
}

function ask(node: RemoteNode) {
  return (path: string, init?: RequestInit) => node.ask(path, init);
}

/** The answer where the node does not answer: the follower has logged it already, once. */
export function awayAnswer(error: LedgerError): Response {
  const answer = ledgerFailure(error);
  setHeader(answer, "retry-after", "1");
  return answer;
}
