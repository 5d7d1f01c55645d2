import { nextTick } from "node:process";

/**
 * Milliseconds that sending holds the thread before others get a turn. A turn in between costs about
 * one: with four, a commit told to a thousand sockets takes a quarter longer than in one go, and an
 * append that comes meanwhile waits for a few turns rather than for all of it.
 */
const TURN_MS = 4;

/**
 * A turn of all others. Not one of `kernel/turn.ts`, where one of all that wait is let on in each:
 * thousands of sockets would be but one of them, behind every export.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Something that sends when it is its turn. */
export interface Sending {
  /** Sends what there is. Throws nothing. */
  send(): void;
}

/**
 * The sockets of a process that have something to send, in the order in which they were woken. To
 * tell two thousand of one event takes 30 ms, nearly all of it system calls: in one go, nobody could
 * append meanwhile. So it is done in turns; and who waits for his own is sent all that has come
 * meanwhile in one write, so that a server with too much to tell tells it later, and at less cost.
 */
export class SendQueue {
  readonly #waiting = new Set<Sending>();
  readonly #now: () => number;
  readonly #turn: () => Promise<void>;
  #isRunning = false;

  /** `now` are milliseconds that never go back; `turn` lets all others in. */
  constructor(now = () => performance.now(), turn = nextTurn) {
    this.#now = now;
    this.#turn = turn;
  }

  /** Has it send soon, once however often it is added until then. */
  add(sending: Sending): void {
    this.#waiting.add(sending);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // After the promises that are settled now: who has appended is answered before it is told.
    nextTick(() => void this.#run());
  }

  async #run(): Promise<void> {
    let since = this.#now();
    for (const sending of this.#waiting) {
      if (this.#now() - since >= TURN_MS) {
        await this.#turn();
        since = this.#now();
      }
      this.#waiting.delete(sending);
      sending.send();
    }
    this.#isRunning = false;
  }
}
