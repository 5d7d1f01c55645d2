import type { Clock } from "../../kernel/clock.ts";
import type { Chain } from "../../log/chain.ts";
import type { NewEvent } from "../../log/event.ts";
import { isJson } from "./content_type.ts";
import { expire } from "./create_command.ts";
import { badRequest } from "./errors.ts";
import { DATA, MORE } from "./events.ts";
import { type Forkable, type ForkWish, registerFork, releaseFork } from "./fork_commands.ts";
import { isApart, type Layout } from "./layout.ts";
import { streamChain } from "./names.ts";
import { type OpenChain, readPage } from "./reading.ts";
import { type ForkRow, FORKS, presenceOf, storedState, type StreamState } from "./state.ts";

/** Milliseconds after which a counted fork that does not exist is taken for a crash's leftover. */
const GIVEN_UP_MS = 60_000;

/** Forks of a source that are checked in one go. */
const LOOKED_AT = 100;

/** Where a fork parts from its source, and what it copies beyond that. */
export interface Parting {
  readonly position: number;
  /** The beginning of an append that the fork has a part of. */
  readonly prefix: readonly NewEvent[];
}

/**
 * Forks and their sources, by reference counts. They are different chains, and no transaction spans
 * two: the source counts a fork before it is made, and forgets it after it is over, so that a crash
 * in between can only keep data too long. Leaked references are found at the next use of the source.
 */
export class Forks {
  readonly #open: OpenChain;
  readonly #clock: Clock;

  constructor(open: OpenChain, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  register(source: string, wish: ForkWish): Promise<Forkable> {
    return this.#chain(source).execute(registerFork(source, wish));
  }

  /** Lets a fork's source go, and the source's own source if it was kept for that alone. */
  async release(source: string, id: string): Promise<void> {
    const state = await this.#chain(source).execute(releaseFork(id));
    if (state?.source && presenceOf(state, this.#clock.now()) === "absent") {
      await this.release(state.source.name, state.source.id);
    }
  }

  /** The state of a stream, after letting go of forks of it that are over. */
  async settle(name: string, state: StreamState): Promise<StreamState | undefined> {
    if (presenceOf(state, this.#clock.now()) !== "retained") return state;
    return await this.letGo(name) ? await storedState(this.#chain(name)) : state;
  }

  /** Lets go of forks of a stream that need it no more. Returns whether none was met that does. */
  async letGo(name: string): Promise<boolean> {
    const rows = await this.#chain(name).rows<ForkRow>(FORKS, LOOKED_AT);
    for (const { key, value } of rows) {
      const id = String(key[1]);
      if (await this.#isNeeded(id, value)) return false;
      await this.release(name, id);
    }
    return true;
  }

  /**
   * Where a fork parts that wants `sub` more bytes, or messages, than up to `position`. Throws 400
   * where that is more than the next append has.
   */
  async part(layout: Layout, position: number, sub: number, type: string): Promise<Parting> {
    if (sub === 0) return { position, prefix: [] };
    if (isJson(type)) return { position, prefix: await this.#messages(layout, position, sub) };
    const [first] = (await readPage(this.#open, layout, position, 1)).events();
    if (first === undefined || typeof first.data === "string" || sub > first.data.length) {
      throw overshoot();
    }
    return { position, prefix: [{ type: DATA, data: first.data.subarray(0, sub) }] };
  }

  /** The first `count` messages of the append at `position`. Throws 400 where it has fewer. */
  async #messages(layout: Layout, position: number, count: number): Promise<NewEvent[]> {
    const messages: NewEvent[] = [];
    for (let at = position; messages.length < count;) {
      const page = await readPage(this.#open, layout, at);
      if (page.count === 0) throw overshoot();
      for (const { type, data } of page.events().slice(0, count - messages.length)) {
        if (messages.length > 0 && type !== MORE) throw overshoot();
        messages.push({ type: messages.length === 0 ? DATA : MORE, data });
      }
      at = page.next;
    }
    return messages;
  }

  async #isNeeded(id: string, { name, since }: ForkRow): Promise<boolean> {
    const fork = await storedState(this.#chain(name));
    if (fork?.source?.id !== id) return this.#clock.now() - since < GIVEN_UP_MS;
    const settled = await this.settle(name, fork);
    if (settled?.source?.id !== id) return false;
    if (presenceOf(settled, this.#clock.now()) !== "absent") return !isApart(name, settled);
    if (!settled.isDeleted) await this.#chain(name).execute(expire);
    return false;
  }

  #chain(name: string): Chain {
    return this.#open(streamChain(name));
  }
}

function overshoot(): Error {
  return badRequest("sub_offset_invalid", "Stream-Fork-Sub-Offset goes past the next append");
}
