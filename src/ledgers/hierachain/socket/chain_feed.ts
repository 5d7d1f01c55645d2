import { parsePosition, type Position } from "../../../kernel/position.ts";
import type { Chain } from "../../../log/chain.ts";
import { type Matcher, reaching } from "../../../log/follow.ts";
import type { ChainSource } from "../../../sockets/chain_source.ts";
import type { Session } from "../../../sockets/session.ts";
import { framersOf } from "./frames.ts";
import { BLOCK_TYPE, typeKey } from "../event/event_types.ts";

const LATEST: Position = { at: "latest" };

/** Which form of message a feed is in; see `frames.ts`. */
export type Form = "page" | "server";

/**
 * What one socket hears of one chain in one form of message. Filters add up, so that each event
 * comes once however many of them want it; blocks come to every subscriber of the chain.
 */
export class ChainFeed {
  readonly #session: Session;
  readonly #chain: Chain;
  readonly #form: Form;
  readonly #name: string;
  /** Keys of the wanted event types; undefined when all are. */
  #types: Set<string> | undefined = new Set();
  #source: ChainSource | undefined;
  /** What begins where it was asked to, if that is still to come: what is before is passed over. */
  #isReached: Matcher | undefined;

  constructor(session: Session, chain: Chain, name: string, form: Form) {
    this.#session = session;
    this.#chain = chain;
    this.#name = name;
    this.#form = form;
  }

  /**
   * Wants events of some types, or of all where `types` is undefined. With `from` the feed begins
   * anew at that position with this filter alone. Throws `position_invalid`.
   */
  async subscribe(types: readonly string[] | undefined, from: unknown): Promise<void> {
    if (from !== undefined) {
      const position = parsePosition(from);
      const offset = await this.#chain.locate(position);
      const end = await this.#chain.locate(LATEST);
      this.#source?.close();
      this.#isReached = offset < end ? undefined : reaching(position);
      this.#types = new Set();
      this.#want(types);
      this.#source = await this.#begin(offset, true);
      return;
    }
    this.#want(types);
    if (this.#source !== undefined) {
      this.#source.hooks.matcher = this.#matcher();
      return;
    }
    this.#source = await this.#begin(await this.#chain.locate(LATEST), false);
  }

  close(): void {
    this.#source?.close();
  }

  #want(types: readonly string[] | undefined): void {
    if (types === undefined) this.#types = undefined;
    else for (const type of types) this.#types?.add(typeKey(type));
  }

  #begin(offset: number, isReplay: boolean): Promise<ChainSource> {
    const framers = framersOf(this.#chain);
    const framer = this.#form === "server"
      ? framers.server
      : isReplay
      ? framers.replay
      : framers.page;
    const notice = (type: string) => (next: number) =>
      JSON.stringify({ type, chain_name: this.#name, offset: next });
    const notices = { caughtUp: notice("caught_up"), position: notice("position") };
    return this.#session.follow(this.#chain, offset, {
      framer,
      matcher: this.#matcher(),
      ...(isReplay && this.#form === "page" ? notices : {}),
    });
  }

  #matcher(): Matcher | undefined {
    const types = this.#types;
    const isReached = this.#isReached;
    if (types === undefined) return isReached;
    return (batch, index) =>
      (isReached === undefined || isReached(batch, index)) &&
      (batch.types[index] === BLOCK_TYPE || types.has(batch.keys[index]?.[0] ?? ""));
  }
}
