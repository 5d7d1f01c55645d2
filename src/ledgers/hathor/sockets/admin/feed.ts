import type { EventBatch } from "../../../../log/event_batch.ts";
import type { Follower } from "../../../../log/follower.ts";
import type { Progress, Source } from "../../../../sockets/source.ts";
import type { Transport } from "../../../../sockets/transport.ts";
import { Waiting } from "../waiting.ts";
import type { Throttle } from "./throttle.ts";
import type { AdminFramer, AdminFrames, AdminMessage } from "./vertex_messages.ts";

/** Characters that are sent between two looks at how full the socket is. */
const LOOK_EVERY_CHARS = 16 * 1024;

/** A cursor in the log that is told event by event. */
export abstract class AdminCursor implements Source {
  readonly #follower: Follower;
  readonly #framer: AdminFramer;
  readonly #onClose: (cursor: AdminCursor) => void;
  #ready: { readonly batch: EventBatch; readonly frames: AdminFrames } | undefined;
  readonly #waiting = new Waiting();
  /** Messages of the event at the offset that have been told: one may have hundreds. */
  #told = 0;
  #isOver = false;

  constructor(
    follower: Follower,
    framer: AdminFramer,
    onClose: (cursor: AdminCursor) => void,
  ) {
    this.#follower = follower;
    this.#framer = framer;
    this.#onClose = onClose;
  }

  /** Offset of the next event to look at. */
  get offset(): number {
    return this.#follower.offset;
  }

  /** Whether it has come to its end. */
  protected get isDone(): boolean {
    return false;
  }

  /** Those of an event's messages that are sent as it is come to. */
  protected messagesOf(_event: number, all: readonly AdminMessage[]): readonly AdminMessage[] {
    return all;
  }

  /** The message as this cursor sends it; undefined where it is not for this socket. */
  protected abstract textOf(message: AdminMessage, event: number): string | undefined;

  send(transport: Transport, highWater: number): Progress {
    const follower = this.#follower;
    while (!this.#isOver && !this.#waiting.isPending) {
      if (this.isDone) {
        this.close();
        break;
      }
      if (transport.buffered >= highWater) return "full";
      const batch = follower.peek();
      if (batch === undefined) break;
      if (batch instanceof Promise) return this.#waiting.for(batch);
      if (this.#ready?.batch !== batch) return this.#waiting.for(this.#make(batch));
      const index = follower.offset - batch.first;
      const messages = this.messagesOf(follower.offset, this.#ready.frames[index] ?? []);
      if (!this.#tell(messages, transport, highWater)) return "full";
      this.#told = 0;
      follower.offset++;
    }
    return "caught_up";
  }

  /** Tells those of an event's messages that have not been told; whether that is all of them. */
  #tell(messages: readonly AdminMessage[], transport: Transport, highWater: number): boolean {
    let unseen = 0;
    for (
      let message = messages[this.#told];
      message !== undefined;
      message = messages[this.#told]
    ) {
      if (unseen >= LOOK_EVERY_CHARS) {
        if (transport.buffered >= highWater) return false;
        unseen = 0;
      }
      this.#told++;
      const text = this.textOf(message, this.#follower.offset);
      if (text === undefined) continue;
      transport.sendText(text);
      unseen += text.length;
    }
    return true;
  }

  release(): void {
    this.#follower.release();
    this.#ready = undefined;
  }

  close(): void {
    this.#isOver = true;
    this.#follower.close();
    this.#onClose(this);
  }

  async #make(batch: EventBatch): Promise<void> {
    this.#ready = { batch, frames: await batch.derive(this.#framer).get() };
  }
}

/** An address that a client wants to hear of. */
export interface AddressInterest {
  /** Whether the ids of events are told with what happens, for a client that comes back. */
  readonly hasIds: boolean;
}

/** What was held back and waits for a full socket; a throttle loses messages as it is. */
const MOST_LATE = 100;

/** What every socket is told as it happens: of all vertices, and of its own addresses. */
export class AdminFeed extends AdminCursor {
  readonly #addresses: ReadonlyMap<string, AddressInterest>;
  readonly #throttle: Throttle | undefined;
  readonly #late: string[] = [];
  #metrics: string | undefined;

  constructor(
    follower: Follower,
    framer: AdminFramer,
    onClose: (cursor: AdminCursor) => void,
    addresses: ReadonlyMap<string, AddressInterest>,
    throttle: Throttle | undefined,
  ) {
    super(follower, framer, onClose);
    this.#addresses = addresses;
    this.#throttle = throttle;
  }

  /** Tells what the throttle had held back. */
  tellLate(text: string): void {
    this.#late.push(text);
    if (this.#late.length > MOST_LATE) this.#late.shift();
  }

  /** Tells figures when there is room for them; older ones are of no use then. */
  tellMetrics(text: string): void {
    this.#metrics = text;
  }

  override send(transport: Transport, highWater: number): Progress {
    while (this.#late.length > 0) {
      if (transport.buffered >= highWater) return "full";
      transport.sendText(this.#late.shift() ?? "");
    }
    if (this.#metrics !== undefined && transport.buffered < highWater) {
      transport.sendText(this.#metrics);
      this.#metrics = undefined;
    }
    return super.send(transport, highWater);
  }

  protected override messagesOf(
    event: number,
    all: readonly AdminMessage[],
  ): readonly AdminMessage[] {
    return all.length === 0 ? all : this.#throttle?.pass(event, all) ?? all;
  }

  protected override textOf({ text, address }: AdminMessage, event: number): string | undefined {
    if (address === undefined) return text;
    const interest = this.#addresses.get(address);
    if (interest === undefined) return undefined;
    return interest.hasIds ? withId(text, event) : text;
  }
}

/** What an address has missed: it ends where the live feed has come to. */
export class AddressReplay extends AdminCursor {
  readonly #address: string;
  readonly #live: () => number;

  /** `live` says where the live feed is; what comes from there on, it tells itself. */
  constructor(
    follower: Follower,
    framer: AdminFramer,
    onClose: (cursor: AdminCursor) => void,
    { address, live }: { readonly address: string; readonly live: () => number },
  ) {
    super(follower, framer, onClose);
    this.#address = address;
    this.#live = live;
  }

  protected override get isDone(): boolean {
    return this.offset >= this.#live();
  }

  protected override textOf({ text, address }: AdminMessage, event: number): string | undefined {
    return address === this.#address ? withId(text, event) : undefined;
  }
}

function withId(text: string, event: number): string {
  return `${text.slice(0, -1)},"event_id":${event}}`;
}
