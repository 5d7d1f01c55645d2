import { messageOf } from "../../kernel/errors.ts";
import type { BodyMessage } from "./messages.ts";
import { ownBytes } from "./outbox.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A body as it is read here for the other side. */
export type BodySource = Pick<ReadableStreamDefaultReader<Bytes>, "read" | "cancel">;

/** A body that comes from another thread, as it is read. */
class Incoming {
  readonly stream: ReadableStream<Bytes>;
  readonly ended: () => void;
  #asked: ((part: Bytes | undefined) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  /** Why no more of it will come. */
  #error: Error | undefined;

  /** `first` is there already. */
  constructor(ask: (what: "pull" | "stop") => void, ended: () => void, first?: Bytes) {
    this.ended = ended;
    let ready = first;
    this.stream = new ReadableStream<Bytes>({
      pull: async (controller) => {
        const part = ready ?? await new Promise<Bytes | undefined>((resolve, reject) => {
          if (this.#error !== undefined) return reject(this.#error);
          this.#asked = resolve;
          this.#failed = reject;
          ask("pull");
        });
        ready = undefined;
        if (part === undefined) controller.close();
        else controller.enqueue(part);
      },
      cancel: () => ask("stop"),
    }, { highWaterMark: 0 });
  }

  take(part: Bytes | undefined): void {
    this.#asked?.(part);
  }

  fail(error: Error): void {
    this.#error = error;
    this.#failed?.(error);
  }
}

/**
 * Bodies that are streamed between two threads: a part is read when the other side asks for it, so
 * that whoever is slow holds the other back.
 */
export class Bodies {
  readonly #send: (message: BodyMessage, owned?: Bytes) => void;
  readonly #outgoing = new Map<number, BodySource>();
  readonly #incoming = new Map<number, Incoming>();

  constructor(send: (message: BodyMessage, owned?: Bytes) => void) {
    this.#send = send;
  }

  /** Lets the other side ask for a body, until its end. */
  offer(id: number, body: BodySource): void {
    this.#outgoing.set(id, body);
  }

  /** Lets go of a body that is wanted no more. */
  withdraw(id: number): void {
    const body = this.#outgoing.get(id);
    if (body === undefined) return;
    this.#outgoing.delete(id);
    void body.cancel().catch(() => {});
  }

  /** A body that the other side offers; `ended` is called when no more of it will come. */
  incoming(id: number, first?: Bytes, ended = () => {}): ReadableStream<Bytes> {
    const incoming = new Incoming(
      (kind) => {
        if (kind === "stop") this.#end(id);
        this.#send({ kind, id });
      },
      ended,
      first,
    );
    this.#incoming.set(id, incoming);
    return incoming.stream;
  }

  /** A body that comes is wanted no more: its request is answered. */
  drop(id: number): void {
    this.#incoming.get(id)?.fail(new Error("the request is answered"));
    this.#end(id);
  }

  #end(id: number): void {
    const incoming = this.#incoming.get(id);
    this.#incoming.delete(id);
    incoming?.ended();
  }

  take(message: BodyMessage): void {
    const { id } = message;
    if (message.kind === "stop") return this.withdraw(id);
    if (message.kind === "pull") return void this.#read(id);
    const incoming = this.#incoming.get(id);
    if (message.part === undefined) this.#end(id);
    if (message.error === undefined) incoming?.take(message.part);
    else incoming?.fail(new Error(message.error));
  }

  /** The other side is gone. */
  close(): void {
    for (const id of [...this.#outgoing.keys()]) this.withdraw(id);
    for (const incoming of this.#incoming.values()) incoming.fail(new Error("the thread is gone"));
    this.#incoming.clear();
  }

  async #read(id: number): Promise<void> {
    try {
      const read = await this.#outgoing.get(id)?.read();
      const part = read?.value === undefined ? undefined : ownBytes(read.value);
      if (part === undefined) this.#outgoing.delete(id);
      this.#send({ kind: "part", id, part }, part);
    } catch (error) {
      this.#outgoing.delete(id);
      this.#send({ kind: "part", id, error: messageOf(error) });
    }
  }
}
