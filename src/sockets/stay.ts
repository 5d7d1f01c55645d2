import { lagOf, type Traffic, type Watchable } from "./following.ts";

/** What keeps a connection open. */
export type StayKind = "socket" | "event-stream" | "long-poll" | "follow" | "stratum";

/** Characters of what a client says that it is. */
const AGENT_CHARS = 200;

/** Milliseconds between two looks that a rate is taken over, at the least. */
const RATE_MS = 1_000;

/** Who a connection is for, as long as it lasts. */
export interface Visitor {
  readonly address: string;
  /** What it is let in by; the connection ends when that does. */
  readonly grant: { readonly id?: string; readonly isOver: boolean };
  /** What it came with: its place is taken until that is answered in full, or has failed. */
  readonly request?: Request;
  /** What its program says that it is, where it came with nothing that is kept. */
  readonly agent?: string | undefined;
}

/** What a client says that it is, as much of it as is kept; undefined where it says nothing. */
export function agentOf({ headers }: Request): string | undefined {
  const agent = headers.get("user-agent");
  if (agent === null || agent.length <= AGENT_CHARS) return agent ?? undefined;
  // By its bytes: a part of a text would keep all of it.
  return new TextDecoder().decode(new TextEncoder().encode(agent.slice(0, AGENT_CHARS)));
}

/** What was sent by a moment. */
interface Sample extends Traffic {
  readonly at: number;
}

/** One connection that stays open, and what there is to see of it. */
export class Stay {
  /** Names it, on whichever thread it is. */
  readonly id: string;
  readonly kind: StayKind;
  readonly ledger: string;
  readonly visitor: Visitor;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  readonly watched: Watchable;
  /** Ends it, because an administrator says so. */
  readonly end: () => void;
  /** The last look, and the one before it. */
  #last: Sample | undefined;
  #before: Sample | undefined;

  constructor(
    parts: Pick<Stay, "id" | "kind" | "ledger" | "visitor" | "since" | "watched" | "end">,
  ) {
    this.id = parts.id;
    this.kind = parts.kind;
    this.ledger = parts.ledger;
    this.visitor = parts.visitor;
    this.since = parts.since;
    this.watched = parts.watched;
    this.end = parts.end;
  }

  get agent(): string | undefined {
    const { agent, request } = this.visitor;
    return agent ?? (request && agentOf(request));
  }

  /** Events that it has not been sent, of the chain with the most; undefined where it reads none. */
  get lag(): number | undefined {
    let most: number | undefined;
    for (const following of this.watched.followings()) {
      most = Math.max(most ?? 0, lagOf(following));
    }
    return most;
  }

  /** Messages and bytes a second since the last look, if that was a second ago, or the one before. */
  rates(now: number): Traffic {
    const { messages, bytes } = this.watched;
    if (this.#last === undefined || now - this.#last.at >= RATE_MS) {
      this.#before = this.#last;
      this.#last = { at: now, messages, bytes };
    }
    const from = this.#before ?? { at: this.since, messages: 0, bytes: 0 };
    const seconds = Math.max(now - from.at, 1) / 1_000;
    return {
      messages: (messages - from.messages) / seconds,
      bytes: (bytes - from.bytes) / seconds,
    };
  }
}

/** What there is to see of a request of which nothing more is known than that it waits. */
export const UNWATCHED: Watchable = {
  followings: () => [],
  buffered: 0,
  messages: 0,
  bytes: 0,
};
