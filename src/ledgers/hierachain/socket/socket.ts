import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { parseOrjson } from "../../../python/orjson_parse.ts";
import { pyStr } from "../../../python/str.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { SUBSCRIPTIONS_PER_SOCKET } from "../../../kernel/limits.ts";
import { withoutSecrets } from "../../../kernel/secrets.ts";
import type { Message } from "../../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../../sockets/session.ts";
import { type Access, type Grant, isForbidden } from "../../../web/access.ts";
import { ALL, AllFeed } from "./all_feed.ts";
import { ChainFeed, type Feed, type Form } from "./chain_feed.ts";
import type { HieraChainService } from "../chain/service.ts";
import { chainLogName, isChainName } from "../chain/names.ts";
import { typeKey } from "../event/event_types.ts";
import { fromOf, INTERNAL, MessageRefused, refusalText, typesOf } from "./message.ts";
import { naiveTime, Pings } from "./pings.ts";
import type { Stats, Subscribers } from "./subscribers.ts";

/** What a socket is given. */
export interface SocketContext {
  readonly service: HieraChainService;
  readonly clock: Clock;
  readonly subscribers: Subscribers;
  readonly access: Access;
}

/** What one socket hears of one chain, and how it takes itself off the counts. */
interface Joined {
  readonly feed: Feed | undefined;
  readonly leave: () => void;
  leaveTypes: Map<string, () => void> | undefined;
}

/** Types of events that one socket may ask for in all: each event is looked up among its chain's. */
const TYPES_PER_SOCKET = 1_024;

/** Characters of the name of a chain that no chain can have, and that is accepted all the same. */
const NAME_CHARS = 256;

/**
 * One `/ws` connection. It speaks the published page's dialect (messages with `action`) and that
 * of hierachain 0.2.0 (messages with `type`), whichever each message is in.
 */
export class HieraChainSocket implements SocketProtocol {
  readonly #session: Session;
  readonly #context: SocketContext;
  readonly #grant: Grant;
  #id: string | undefined;
  readonly #feeds = new Map<string, Joined>();
  #welcomed: Promise<void> | undefined;
  /** The chain in the path of the address, and whether a message has said what is wanted of it. */
  #path: { readonly chain: string; isAsked: boolean } | undefined;
  #last: { chainName: PyJson; types: PyJson; at: number } | undefined;
  /** Made where they are wanted. */
  #pings: Pings | undefined;

  /** `grant` is what the client was let in by. */
  constructor(session: Session, context: SocketContext, grant: Grant) {
    this.#session = session;
    this.#context = context;
    this.#grant = grant;
    context.subscribers.connected();
  }

  /**
   * Greets and subscribes a client that named its chain in the address, as the original does. A chain
   * in the path, and not in the query, is that of the second published page: messages are in its form.
   */
  welcome(chainName: string, isInPath: boolean): Promise<void> {
    if (isInPath) this.#path = { chain: chainName, isAsked: false };
    const form = isInPath ? "workflow" : "server";
    this.#welcomed = this.#session.answering(() => this.#welcome(chainName, form));
    return this.#welcomed;
  }

  /** Whoever is greeted hears of all that comes from then on, or of what forbids it. */
  async #welcome(chainName: string, form: Form): Promise<void> {
    const refusal = await this.#subscribe(form, chainName, undefined, undefined)
      .then(() => undefined, refusalText);
    if (this.#session.isOver) return;
    this.#startPings();
    this.#send({
      type: "connected",
      connection_id: this.#connectionId,
      message: "Connected to HieraChain WebSocket",
      chain_name: chainName,
    });
    if (refusal !== undefined) return this.#error(refusal);
    this.#remember(chainName, []);
  }

  async message(message: Message): Promise<void> {
    // The client may be quicker than its own welcome.
    await this.#welcomed;
    let value: PyJson;
    try {
      if (typeof message !== "string") return this.#error(INTERNAL);
      value = parseOrjson(message);
    } catch {
      return this.#error("Invalid JSON");
    }
    if (value === null) return this.#error("Invalid JSON");
    if (!isPyObject(value)) return this.#error(INTERNAL);
    try {
      if (valueAt(value, "action") !== undefined) await this.#onAction(value);
      else await this.#onType(value);
    } catch (error) {
      this.#error(refusalText(error));
    }
  }

  closed(): void {
    this.#pings?.stop();
    this.#leaveAll();
    this.#context.subscribers.disconnected();
  }

  /** The published page's messages. */
  async #onAction(message: PyObject): Promise<void> {
    const action = valueAt(message, "action") ?? null;
    switch (action) {
      case "subscribe": {
        const name = this.#chainName(message);
        const form = this.#isOfPath(message) ? "workflow" : "page";
        const type = valueAt(message, "event_type");
        if (type !== undefined && type !== null && typeof type !== "string") {
          throw new MessageRefused("Invalid subscription");
        }
        const types = typeof type === "string" ? [type] : typesOf(message);
        return await this.#subscribe(form, name, types, fromOf(message));
      }
      case "unsubscribe": {
        const form = this.#isOfPath(message) ? "workflow" : "page";
        return this.#leave(`${form}:${this.#chainName(message)}`);
      }
      case "ping":
        return this.#send({
          type: "pong",
          timestamp: Math.floor(this.#context.clock.now() / 1_000),
        });
      default:
        throw new MessageRefused(`Unknown message type: ${pyStr(action)}`);
    }
  }

  /** The messages of hierachain 0.2.0. */
  async #onType(message: PyObject): Promise<void> {
    const type = valueAt(message, "type");
    switch (type) {
      case "ping":
        return this.#send({ type: "pong", timestamp: valueAt(message, "timestamp") ?? null });
      case "subscribe": {
        this.#startPings();
        const chainName = valueAt(message, "chain_name");
        const isOfPath = this.#isOfPath(message);
        const shown = chainName === undefined ? this.#path?.chain ?? ALL : chainName;
        if (typeof shown === "object" && shown !== null) throw new MessageRefused(INTERNAL);
        const eventTypes = valueAt(message, "event_types") ?? [];
        // Before anything is done: what was sent may be what no answer can hold.
        const answer = writeRestJson({
          type: "subscribed",
          chain_name: shown,
          event_types: eventTypes,
        });
        if (typeof shown === "string") {
          const form = isOfPath ? "workflow" : "server";
          await this.#subscribe(form, shown, typesOf(message), fromOf(message));
        }
        this.#remember(shown, eventTypes);
        return this.#session.reply(answer);
      }
      case "unsubscribe":
        this.#leaveAll();
        return this.#send({ type: "unsubscribed", message: "Unsubscribed from all channels" });
      case "get_stats":
        return this.#session.reply(
          JSON.stringify({ type: "stats", data: await this.#stats() }),
        );
      case "get_connection_info":
        return this.#send({ type: "connection_info", data: this.#info() });
      default:
        throw new MessageRefused(`Unknown message type: ${type === undefined ? "" : pyStr(type)}`);
    }
  }

  async #subscribe(
    form: Form,
    name: string,
    types: readonly string[] | undefined,
    from: unknown,
  ): Promise<void> {
    const { subscribers, access } = this.#context;
    // Of all chains a client hears those that it may read.
    if (name !== ALL && isForbidden(access, this.#grant, "read", chainLogName(name))) {
      // The words of the original's source for keys that lack something.
      throw new MessageRefused("WebSocket streaming requires chains and events permissions");
    }
    const key = `${form}:${name}`;
    const known = this.#feeds.get(key);
    // By their keys, which are short, and no numbers that a map would take for its hashes.
    const fresh = new Set(
      types?.map((type) => `=${typeKey(type)}`).filter((key) => !known?.leaveTypes?.has(key)),
    );
    if (
      (known === undefined && this.#feeds.size >= SUBSCRIPTIONS_PER_SOCKET) ||
      (known?.leaveTypes?.size ?? 0) + fresh.size > SUBSCRIPTIONS_PER_SOCKET ||
      this.#types + fresh.size > TYPES_PER_SOCKET
    ) throw new MessageRefused("Too many subscriptions");
    if (name.length > NAME_CHARS) throw new MessageRefused("Invalid subscription");
    // A name that no chain can have is accepted, as in the original, and never heard of.
    const feed = known?.feed ?? this.#newFeed(form, name);
    const path = form === "workflow" ? this.#path : undefined;
    try {
      // What the address alone had asked for is everything.
      await feed?.subscribe(types, from, known !== undefined && path?.isAsked === false);
    } catch (error) {
      // Of what has begun already nothing more is to come.
      if (known === undefined) feed?.close();
      throw error;
    }
    if (path !== undefined && known !== undefined) path.isAsked = true;
    // The socket may be gone since.
    if (this.#session.isOver) return;
    const join = () => name === ALL ? () => {} : subscribers.join(name);
    const joined = known ?? { feed, leave: join(), leaveTypes: undefined };
    this.#feeds.set(key, joined);
    for (const key of fresh) {
      (joined.leaveTypes ??= new Map()).set(key, subscribers.joinType(key));
    }
  }

  #newFeed(form: Form, name: string): Feed | undefined {
    const { service } = this.#context;
    if (name === ALL) {
      const mayRead = (logName: string) => this.#grant.allows("read", logName);
      return new AllFeed(this.#session, service, mayRead, form);
    }
    return isChainName(name) ? new ChainFeed(this.#session, service.chain(name), form) : undefined;
  }

  /** Types that were asked for, chain by chain. */
  get #types(): number {
    return this.#feeds.values().reduce((sum, { leaveTypes }) => sum + (leaveTypes?.size ?? 0), 0);
  }

  /** Whether a message is about the chain in the address's path: it names none. */
  #isOfPath(message: PyObject): boolean {
    return this.#path !== undefined && valueAt(message, "chain_name") === undefined;
  }

  #chainName(message: PyObject): string {
    const name = this.#isOfPath(message) ? this.#path?.chain : valueAt(message, "chain_name");
    if (typeof name !== "string" || name === "") throw new MessageRefused("Invalid subscription");
    return name;
  }

  #leave(key: string): void {
    const joined = this.#feeds.get(key);
    if (joined === undefined) return;
    this.#feeds.delete(key);
    joined.feed?.close();
    joined.leave();
    for (const leave of joined.leaveTypes?.values() ?? []) leave();
  }

  #leaveAll(): void {
    for (const key of [...this.#feeds.keys()]) this.#leave(key);
  }

  #remember(chainName: PyJson, types: PyJson): void {
    this.#last = { chainName, types, at: this.#context.clock.now() };
  }

  get #connectionId(): string {
    return this.#id ??= crypto.randomUUID().replaceAll("-", "");
  }

  #startPings(): void {
    const send = (timestamp: string) => this.#send({ type: "ping", timestamp });
    (this.#pings ??= new Pings(this.#context.clock, send)).start();
  }

  #stats(): Promise<Stats> {
    return this.#context.subscribers.stats((chain) =>
      this.#grant.allows("read", chainLogName(chain))
    );
  }

  #info(): PyObject {
    const { chainName = "all", types = [], at = this.#context.clock.now() } = this.#last ?? {};
    return {
      connection_id: this.#connectionId,
      chain_name: chainName,
      event_types: types,
      subscribed_at: naiveTime(at),
      metadata: {},
    };
  }

  #error(message: string): void {
    this.#send({ type: "error", message: withoutSecrets(message) });
  }

  #send(message: PyObject): void {
    this.#session.reply(writeRestJson(message));
  }
}
