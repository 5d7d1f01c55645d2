import { getLogger } from "@logtape/logtape";
import { type LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Head } from "../../log/head.ts";
import { problem } from "../../web/problem.ts";
import { wholeOf } from "../../web/whole_response.ts";
import { Bodies, type BodySource } from "./bodies.ts";
import type { Desk, Seat } from "./desk.ts";
import { handedRequest } from "./handed_request.ts";
import {
  type AnswerParts,
  errorOf,
  type HandedParts,
  type LoggedLine,
  type ToFront,
  toldError,
  type ToOwner,
} from "./messages.ts";
import { type Mailbox, Outbox, ownBytes } from "./outbox.ts";

const logger = getLogger(["ledgerline", "threads"]);

/** What becomes of what a front says of itself. */
export interface SeatEvents {
  listens(): void;
  failed(error: Error): void;
  drained(isOrderly: boolean): void;
  log(line: LoggedLine): void;
  damaged(how: string): void;
}

/** A front as the owner of the log sees it. */
export class FrontSeat implements Seat {
  isServing = false;
  readonly #desk: Desk;
  readonly #outbox: Outbox<ToFront>;
  readonly #bodies: Bodies;
  readonly #events: SeatEvents;
  /** How many commits it was sent, where the front looks. */
  readonly #sent: Int32Array;
  readonly #column: number;
  readonly #asked = new Map<number, { abort(): void }>();
  readonly #surveys = new Map<number, (value: unknown) => void>();
  #surveyed = 0;
  #isGone = false;

  constructor(
    mailbox: Mailbox,
    desk: Desk,
    events: SeatEvents,
    { sent, column }: { readonly sent: SharedArrayBuffer; readonly column: number },
  ) {
    this.#desk = desk;
    this.#outbox = new Outbox(mailbox, "promises", (message, error) => {
      logger.error("an answer cannot be sent: {error}", { error: messageOf(error) });
      // Whoever waits for it hears that much.
      if ("id" in message) {
        this.#say({ kind: "failure", id: message.id, error: { message: "no answer" } });
      }
    });
    this.#events = events;
    this.#sent = new Int32Array(sent);
    this.#column = column;
    this.#bodies = new Bodies((message, owned) => this.#say(message, owned));
    Atomics.store(this.#sent, column, 0);
  }

  /** Says something to the front. */
  say(message: ToFront): void {
    this.#say(message);
  }

  /** Takes what the front has said. */
  take(messages: readonly ToOwner[]): void {
    for (const message of messages) this.#take(message);
  }

  ask(name: string, input: unknown): Promise<unknown> {
    const id = this.#surveyed++;
    return new Promise((resolve) => {
      this.#surveys.set(id, resolve);
      this.#say({ kind: "ask", id, name, input });
    });
  }

  committed(chain: string, head: Head, records: readonly Uint8Array[]): void {
    this.#say({ kind: "commit", chain, head, records: records.map(ownBytes) });
    Atomics.add(this.#sent, this.#column, 1);
  }

  ring(chain: string, head: Head | undefined, source: "watch" | "poll"): void {
    this.#say({ kind: "ring", chain, head, source });
  }

  fail(chain: string, error: LedgerError): void {
    this.#say({ kind: "silent", chain, error: toldError(error) });
  }

  /** The front is gone: whoever asked by it hears nothing more. */
  gone(): void {
    this.#isGone = true;
    this.isServing = false;
    this.#desk.leave(this);
    this.#bodies.close();
    for (const request of this.#asked.values()) request.abort();
    this.#asked.clear();
    for (const resolve of this.#surveys.values()) resolve(undefined);
    this.#surveys.clear();
  }

  #say(message: ToFront, owned?: Uint8Array<ArrayBuffer>): void {
    if (!this.#isGone) this.#outbox.push(message, owned);
  }

  #take(message: ToOwner): void {
    switch (message.kind) {
      case "request":
        return void this.#answer(message.id, message.request);
      case "task":
        return void this.#run(message.id, message.name, message.input);
      case "part":
      case "pull":
      case "stop":
        return this.#bodies.take(message);
      case "gone":
        this.#asked.get(message.id)?.abort();
        return this.#bodies.withdraw(message.id);
      case "listen":
        this.#desk.listen(message.chain, this);
        return this.#say({ kind: "listening", chain: message.chain });
      case "silence":
        return this.#desk.silence(message.chain, this);
      case "survey":
        return void this.#desk.ask(message.name, message.input).then((value) =>
          this.#say({ kind: "result", id: message.id, value })
        );
      case "told":
        this.#surveys.get(message.id)?.(message.value);
        return void this.#surveys.delete(message.id);
      case "log":
        return this.#events.log(message.line);
      case "damaged":
        return this.#events.damaged(message.how);
      case "listens":
        this.isServing = true;
        return this.#events.listens();
      case "failed":
        return this.#events.failed(errorOf(message.error));
      case "drained":
        return this.#events.drained(message.isOrderly);
    }
  }

  async #run(id: number, name: string, input: unknown): Promise<void> {
    try {
      this.#say({ kind: "result", id, value: await this.#desk.run(name, input) });
    } catch (error) {
      this.#say({ kind: "failure", id, error: toldError(error) });
    }
  }

  async #answer(id: number, parts: HandedParts): Promise<void> {
    const streamed = parts.body === "streamed" ? this.#bodies.incoming(id) : undefined;
    const request = handedRequest(parts, streamed);
    this.#asked.set(id, request);
    let answer: Response;
    try {
      const { address: remoteAddress, isForeign } = parts;
      const app = this.#desk.apps.get(parts.app);
      if (app === undefined) throw new Error(`there is no port ${parts.app}`);
      answer = await app(request, { remoteAddress, isForeign });
      const { told, rest } = await toldAnswer(answer);
      // An answer that is streamed may be made of what comes still.
      if (rest === undefined) this.#bodies.drop(id);
      else this.#bodies.offer(id, rest);
      this.#say({ kind: "answer", id, answer: told });
    } catch (error) {
      logger.error("a request failed: {error}", { error: messageOf(error) });
      this.#bodies.drop(id);
      const { told } = await toldAnswer(
        problem(500, "internal", "An unexpected error occurred"),
      );
      this.#say({ kind: "answer", id, answer: told });
    } finally {
      this.#asked.delete(id);
    }
  }
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** An answer in parts; `rest` is what there is behind the first part of its body. */
async function toldAnswer(answer: Response): Promise<{ told: AnswerParts; rest?: BodySource }> {
  const whole = wholeOf(answer);
  if (whole !== undefined) {
    const { status, statusText, headers, body } = whole;
    const told = { status, statusText, headers: plain(headers), isStreamed: false };
    return { told: { ...told, body: body instanceof Uint8Array ? ownBytes(body) : body } };
  }
  const { status, statusText, body } = answer;
  const head = { status, statusText, headers: plain(answer.headers) };
  if (body === null) return { told: { ...head, body: null, isStreamed: false } };
  const reader = body.getReader();
  const first = await reader.read();
  if (first.done) return { told: { ...head, body: null, isStreamed: false } };
  let isEnd = false;
  const next = reader.read();
  void next.then(({ done }) => isEnd = done, () => {});
  // The end of a body of one piece is known a few microtasks later.
  for (let turn = 0; turn < 4 && !isEnd; turn++) await undefined;
  const told = { ...head, body: ownBytes(first.value), isStreamed: !isEnd };
  return isEnd ? { told } : { told, rest: resumed(reader, next) };
}

/** What reads on where the next read is under way already. */
function resumed(reader: BodyReader, next: ReturnType<BodyReader["read"]>): BodySource {
  let begun: ReturnType<BodyReader["read"]> | undefined = next;
  return {
    read: () => {
      const reading = begun ?? reader.read();
      begun = undefined;
      return reading;
    },
    cancel: () => reader.cancel(),
  };
}

function plain(headers: Readonly<Record<string, string>> | Headers): Record<string, string> {
  return headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
}
