import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../../kernel/errors.ts";
import { LARGE_INBOUND_BYTES } from "../../../kernel/limits.ts";
import type { Message } from "../../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../../sockets/session.ts";
import { isPyArray, type PyJson } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { Inbox } from "../sockets/common/inbox.ts";
import { jsonOfMessage } from "../sockets/common/text.ts";
import {
  assertNoParams,
  errorText,
  idOf,
  NO_ID,
  readRequest,
  resultText,
  RpcError,
  submitParams,
} from "./json_rpc.ts";
import type { SubmitBlock } from "./submission.ts";
import type { TemplateFeed } from "./template_feed.ts";
import { TemplateSource } from "./template_source.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Blocks of test mode cost nothing, so a miner may send many. */
export const MESSAGES_PER_SECOND = 1_000;

/** Requests in one message. */
const MOST_IN_BATCH = 100;

/** Characters of requests that may wait, and what each counts for at the least. */
const MOST_CHARS = 1024 * 1024;
const LEAST_CHARS = 64;

/** A request as it was sent, with its share of its message's characters. */
interface Sent {
  readonly request: PyJson | RpcError;
  readonly size: number;
}

/** What every mining socket is given. */
export interface MiningSocketContext {
  readonly submitBlock: SubmitBlock;
  readonly feed: TemplateFeed;
  /** Whether this client may submit blocks. */
  maySubmit(): boolean;
}

/**
 * The mining protocol on one socket: `mining.refresh` and `mining.submit`, and `mining.notify` at the
 * beginning and after every change. Errors carry the id of their request, and end nothing.
 */
export class MiningSocket implements SocketProtocol {
  readonly messagesPerSecond = MESSAGES_PER_SECOND;
  /** The largest block has 96,000 hexadecimal digits. */
  readonly largestMessage = LARGE_INBOUND_BYTES;
  readonly #session: Session;
  readonly #context: MiningSocketContext;
  readonly #inbox: Inbox<Sent>;
  #source: TemplateSource | undefined;
  #wake = () => {};

  constructor(session: Session, context: MiningSocketContext) {
    this.#session = session;
    this.#context = context;
    this.#inbox = new Inbox({
      most: MOST_CHARS,
      sizeOf: ({ size }) => size,
      handle: ({ request }) => this.#take(request),
      wake: () => this.#wake(),
      place: () => "latest",
      close: (inbox) => session.remove(inbox),
    });
  }

  /** Tells the template as it is, and from now on as it becomes. */
  async begin(): Promise<void> {
    const { feed } = this.#context;
    await feed.start();
    await feed.refresh();
    this.#source = await this.#session.add((wake) =>
      Promise.resolve(
        new TemplateSource(feed, wake, (source) => this.#session.remove(source)),
      )
    );
    await this.#session.add((wake) => {
      this.#wake = wake;
      return Promise.resolve(this.#inbox);
    });
  }

  message(message: Message): void {
    const text = jsonOfMessage(message);
    const requests = requestsIn(text);
    const size = Math.max(LEAST_CHARS, text.length / requests.length);
    for (const request of requests) {
      if (!this.#inbox.add({ request, size })) return this.#session.close("too_many_messages");
    }
  }

  async #take(request: PyJson | RpcError): Promise<void> {
    if (request instanceof RpcError) return this.#session.reply(errorText(NO_ID, request.kind));
    const answer = async () => {
      const text = await this.#answerTo(request);
      if (text !== undefined) this.#session.reply(text);
    };
    await (this.#source?.hold(answer) ?? answer());
  }

  async #answerTo(sent: PyJson): Promise<string | undefined> {
    const id = idOf(sent);
    try {
      const request = readRequest(sent);
      const result = await this.#result(request.method, request.params);
      // `null` is as good as none: nobody waits for an answer.
      return id === undefined ? undefined : resultText(id, result);
    } catch (error) {
      if (error instanceof RpcError) return errorText(id ?? NO_ID, error.kind, error.why);
      logger.error("mining request failed: {error}", { error: messageOf(error) });
      return errorText(id ?? NO_ID, "internal");
    }
  }

  async #result(method: string, params: PyJson | undefined): Promise<string> {
    switch (method) {
      case "mining_refresh":
        assertNoParams(params);
        return await this.#templates();
      case "mining_submit":
        return await this.#submit(submitParams(params));
      default:
        throw new RpcError("methodNotFound");
    }
  }

  async #templates(): Promise<string> {
    const { feed } = this.#context;
    if (!feed.isSynced) return "[]";
    await feed.refresh();
    // There is none while the chain is too far ahead of the clock.
    if (feed.current === undefined) throw new RpcError("internal");
    return `[${feed.current.text}]`;
  }

  /** With `optimistic` the answer to a good block is what can be mined on top of it. */
  async #submit(
    { hexdata, optimistic }: { readonly hexdata: string; readonly optimistic: boolean },
  ): Promise<string> {
    const { submitBlock, feed, maySubmit } = this.#context;
    if (!maySubmit()) throw new RpcError("forbidden");
    if (!feed.isSynced) return "false";
    const answer = await submitBlock(hexdata);
    if (answer === undefined) throw new RpcError("internal");
    const { isAccepted, refusal } = answer;
    if (refusal !== undefined) throw new RpcError("internal", refusal);
    if (isAccepted && optimistic) await feed.refresh();
    const next = isAccepted && optimistic ? feed.current : undefined;
    return next === undefined ? String(isAccepted) : `[${next.text}]`;
  }
}

/** The requests of a message, or the error that stands for them. */
export function requestsIn(text: string): readonly (PyJson | RpcError)[] {
  let sent: PyJson;
  try {
    sent = parsePyJson(text);
  } catch {
    return [new RpcError("parse")];
  }
  if (!isPyArray(sent)) return [sent];
  return sent.length <= MOST_IN_BATCH ? sent : [new RpcError("invalidRequest")];
}
