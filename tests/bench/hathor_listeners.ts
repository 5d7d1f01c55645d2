import { encodeVertex } from "../../src/ledgers/hathor/vertex/encode.ts";
import { post } from "./events.ts";
import { type BlockChain, FIRST_ADDRESS } from "./hathor_blocks.ts";
import { delay, type ServerProcess } from "./processes.ts";
import { HttpConnection } from "./raw_http.ts";
import { Crowd } from "./raw_ws.ts";

/** Where wallets listen on our own server. */
export const ADMIN = "/hathor/v1a/ws";

/** Blocks of a round, each of which a client hears of twice: of its address, and as everybody. */
export const ROUND = 20;
export const HEARD = 2;

/** Clients that are subscribed to the wallet's first address. */
export class Listeners {
  readonly #crowd: Crowd;
  readonly #connection: HttpConnection;
  readonly #counted: { messages: number };

  private constructor(crowd: Crowd, connection: HttpConnection, counted: { messages: number }) {
    this.#crowd = crowd;
    this.#connection = connection;
    this.#counted = counted;
  }

  static async open(ours: ServerProcess, clients: number): Promise<Listeners> {
    const counted = { messages: 0 };
    const crowd = await Crowd.connect(ours.main, clients, {
      path: ADMIN,
      message(payload) {
        if (isAboutBlock(payload)) counted.messages++;
      },
    });
    await crowd.sendAll(JSON.stringify({ type: "subscribe_address", address: FIRST_ADDRESS }));
    // The greeting, and the answer.
    await crowd.waitFor(2 * clients);
    return new Listeners(crowd, await HttpConnection.connect(ours.main), counted);
  }

  get size(): number {
    return this.#crowd.size;
  }

  /** Bytes of a message on average. */
  get messageBytes(): number {
    return Math.round(this.#crowd.bytes / this.#crowd.messages);
  }

  /** Has blocks taken in one after another; returns messages per second to all clients together. */
  async round(chain: BlockChain): Promise<number> {
    const requests = Array.from({ length: ROUND }, () => {
      const hexdata = encodeVertex(chain.next(0)).toHex();
      return post("/hathor/v1a/submit_block", JSON.stringify({ hexdata }));
    });
    const expected = this.#counted.messages + ROUND * HEARD * this.size;
    const started = performance.now();
    for (const request of requests) await this.#connection.exchange(request);
    for (let waited = 0; this.#counted.messages < expected; waited++) {
      if (waited > 30_000) throw new Error(`${this.#counted.messages} of ${expected} messages`);
      await delay(1);
    }
    return ROUND * HEARD * this.size * 1_000 / (performance.now() - started);
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.#crowd.close();
  }
}

/** Not of the answers, nor of the figures that everybody is told each second. */
function isAboutBlock(payload: Uint8Array): boolean {
  const [, , first, second] = payload;
  const isTransaction = first === 0x74 && second === 0x78;
  return isTransaction || first === 0x61;
}
