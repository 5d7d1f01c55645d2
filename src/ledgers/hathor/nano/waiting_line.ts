import { ExecutorEnded } from "./executor_process.ts";

/** What may wait for a process at once. */
const MOST_WAITING = 50;

/** Tasks that share a process, which takes one at a time: each waits for those before it. */
export class WaitingLine {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Does a task when its turn comes.
   *
   * @throws {ExecutorEnded} too many wait already
   */
  async enter<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MOST_WAITING) throw new ExecutorEnded("too many questions wait");
    this.#waiting++;
    const done = this.#last.then(task);
    // Each has its own failure.
    this.#last = done.catch(() => {});
    try {
      return await done;
    } finally {
      this.#waiting--;
    }
  }
}
