import type { Follower } from "../../../../log/follower.ts";
import { ChainSource } from "../../../../sockets/chain_source.ts";
import type { Following } from "../../../../sockets/following.ts";
import type { EventFrames, Frames } from "../../../../sockets/frames.ts";
import type { Progress, Source } from "../../../../sockets/source.ts";
import type { Sink } from "../../../../sockets/transport.ts";
import type { Throttle } from "./throttle.ts";
import type { AdminFramer, AdminFrames } from "./vertex_messages.ts";

/** An address that a client wants to hear of. */
export interface AddressInterest {
  /** Whether the ids of events are told with what happens, for a client that comes back. */
  readonly hasIds: boolean;
}

/** What was held back and waits for a full socket; a throttle loses messages as it is. */
const MOST_LATE = 100;

/** What a feed is made of. */
export interface AdminFeedOptions {
  readonly follower: Follower;
  readonly framer: AdminFramer;
  /** The addresses that the socket hears of; they come and go. */
  readonly addresses: ReadonlyMap<string, AddressInterest>;
  readonly throttle: Throttle | undefined;
  readonly onClose: (feed: AdminFeed) => void;
}

/** What every socket is told as it happens: of all vertices, and of its own addresses. */
export class AdminFeed implements Source {
  readonly #options: AdminFeedOptions;
  readonly #source: ChainSource<AdminFrames>;
  readonly #late: Frames[] = [];
  #metrics: Frames | undefined;

  constructor(options: AdminFeedOptions) {
    const { follower, framer, onClose } = options;
    this.#options = options;
    this.#source = new ChainSource<AdminFrames>(follower, {
      frames: (batch) => batch.derive(framer),
      pick: (frames, event, at) => this.#pick(frames, event, at),
    }, () => onClose(this));
  }

  /** Offset of the next event to look at. */
  get offset(): number {
    return this.#source.offset;
  }

  get following(): Following {
    const { size } = this.#options.addresses;
    return { ...this.#source.following, filter: size === 0 ? undefined : `addresses: ${size}` };
  }

  /** Tells what the throttle had held back. */
  tellLate(message: Frames): void {
    this.#late.push(message);
    if (this.#late.length > MOST_LATE) this.#late.shift();
  }

  /** Tells figures when there is room for them; older ones are of no use then. */
  tellMetrics(message: Frames): void {
    this.#metrics = message;
  }

  send(sink: Sink, highWater: number): Progress {
    for (let late = this.#late[0]; late !== undefined; late = this.#late[0]) {
      if (sink.sendFrames(late, 0, 1) === 0) return "full";
      this.#late.shift();
    }
    if (this.#metrics !== undefined && sink.sendFrames(this.#metrics, 0, 1) > 0) {
      this.#metrics = undefined;
    }
    return this.#source.send(sink, highWater);
  }

  release(): void {
    this.#source.release();
  }

  close(): void {
    this.#source.close();
  }

  #pick(frames: AdminFrames, event: number, at: number): EventFrames | undefined {
    const { addresses, throttle } = this.#options;
    const address = frames.messages[at]?.address;
    const interest = address === undefined ? undefined : addresses.get(address);
    if (throttle?.isHeld(event, frames, at) === true) return undefined;
    if (address === undefined) return frames;
    return interest?.hasIds === true ? frames.placed : interest && frames;
  }
}

/** What an address has missed. */
export interface Missed {
  readonly follower: Follower;
  readonly framer: AdminFramer;
  readonly address: string;
  /** Where the live feed is: what comes from there on, it tells itself. */
  readonly live: () => number;
  readonly onClose: (source: Source) => void;
}

/** Tells what an address has missed, and ends where the live feed has come to. */
export function addressReplay({ follower, framer, address, live, onClose }: Missed): Source {
  const source = new ChainSource<AdminFrames>(follower, {
    frames: (batch) => batch.derive(framer),
    pick: (frames, _, at) => frames.messages[at]?.address === address ? frames.placed : undefined,
    end: live,
    ended: () => {
      source.close();
      return "caught_up";
    },
  }, onClose);
  return source;
}
