import { isPyTrue, type PyObject, valueAt } from "../../../../python/json.ts";
import type { Session } from "../../../../sockets/session.ts";
import type { AdminNode } from "./admin_node.ts";
import { historyError } from "./messages.ts";
import type { AddressSubscriptions } from "./address_subscriptions.ts";
import { type AddressSource, KeyAddresses, ToldAddresses } from "../history/addresses.ts";
import { HistoryStream } from "../history/history_stream.ts";
import {
  HistoryRefusal,
  type OpeningRequest,
  readAcknowledgement,
  readAddresses,
  readKey,
  readOpening,
} from "../history/request.ts";

/** Characters of a stream's id, which stands in each of its messages. */
const MOST_ID_CHARS = 1_000;

/** The history that one socket streams: one at a time. */
export class HistoryStreams {
  readonly #session: Session;
  readonly #node: AdminNode;
  readonly #subscriptions: AddressSubscriptions;
  #stream: HistoryStream | undefined;
  /** Where the addresses of the stream come from, if the client tells them. */
  #told: ToldAddresses | undefined;

  constructor(session: Session, node: AdminNode, subscriptions: AddressSubscriptions) {
    this.#session = session;
    this.#node = node;
    this.#subscriptions = subscriptions;
  }

  /** Handles a message, if it is one of a history; all others are passed over. */
  async message(type: string, message: PyObject): Promise<void> {
    if (!type.startsWith("request:history:")) return;
    if (this.#node.options.hasHistoryStreaming === false) {
      return this.#session.reply(historyError("", "Streaming history is disabled."));
    }
    const id = valueAt(message, "id");
    if (typeof id !== "string" || id.length > MOST_ID_CHARS) {
      return this.#session.reply(historyError("", "Missing or invalid 'id' parameter."));
    }
    try {
      await this.#handle(type, id, message);
    } catch (error) {
      if (!(error instanceof HistoryRefusal)) throw error;
      if (error.closesStream) this.#close();
      this.#session.reply(historyError(id, error.message));
    }
  }

  #handle(type: string, id: string, message: PyObject): void | Promise<void> {
    switch (type) {
      case "request:history:xpub":
        return this.#openKey(id, message);
      case "request:history:manual":
        return this.#openOrAdd(id, message);
      case "request:history:ack": {
        const { ack, window } = readAcknowledgement(this.#checked(id, message));
        this.#stream?.acknowledge(ack, window);
        return;
      }
      case "request:history:stop":
        this.#checked(id, message);
        return this.#close();
    }
  }

  /** The message, if the stream of that id is open. */
  #checked(id: string, message: PyObject): PyObject {
    if (this.#stream === undefined) throw new HistoryRefusal("No streaming opened.");
    if (this.#stream.id !== id) throw new HistoryRefusal("Current stream has a different id.");
    return message;
  }

  async #openKey(id: string, message: PyObject): Promise<void> {
    this.#assertNone();
    const opening = readOpening(message);
    const { key, firstIndex } = readKey(message);
    const { queries, childKeys } = this.#node;
    const addresses = new KeyAddresses(queries.network, key, firstIndex, childKeys);
    await this.#open(id, opening, addresses);
  }

  async #openOrAdd(id: string, message: PyObject): Promise<void> {
    const isFirst = isPyTrue(valueAt(message, "first"));
    const isLast = isPyTrue(valueAt(message, "last"));
    const isSame = this.#stream?.id === id && this.#told !== undefined;
    if (isFirst || !isSame) this.#assertNone();
    if (!isFirst && !isSame) {
      throw new HistoryRefusal(
        "Streaming not found. You must send first=true in your first message.",
      );
    }
    const opening = isFirst ? readOpening(message) : undefined;
    const told = opening === undefined ? this.#told : new ToldAddresses();
    if (told?.add(readAddresses(message), isLast) === false) {
      throw new HistoryRefusal("List of addresses is too long.");
    }
    if (opening === undefined || told === undefined) return this.#stream?.wake();
    await this.#open(id, opening, told);
    this.#told = told;
  }

  #assertNone(): void {
    if (this.#stream !== undefined) throw new HistoryRefusal("Streaming is already opened.");
  }

  async #open(
    id: string,
    { gapLimit, window }: OpeningRequest,
    addresses: AddressSource,
  ): Promise<void> {
    const session = this.#session;
    this.#stream = await session.add((wake) => {
      const stream = new HistoryStream({
        queries: this.#node.queries,
        id,
        addresses,
        gapLimit,
        window,
        wake,
        subscribe: (address) => this.#subscribe(address),
        over: (refusal) => {
          this.#close();
          if (refusal !== undefined) session.reply(historyError(id, refusal.message));
        },
        onClose: (closed) => session.remove(closed),
      });
      return Promise.resolve(stream);
    });
  }

  /** An address that is subscribed already stays as it is. */
  async #subscribe(address: string): Promise<string | undefined> {
    if (this.#subscriptions.has(address)) return undefined;
    return await this.#subscriptions.add(address, { hasIds: false });
  }

  #close(): void {
    this.#stream?.close();
    this.#stream = this.#told = undefined;
  }
}
