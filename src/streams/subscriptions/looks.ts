/** A look at a stream that is under way, and the one after it that was asked for meanwhile. */
interface Look {
  done: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Looks at streams, at each one at a time: whoever asks while one is under way has to see what came
 * after it began, and shares the next with all who ask by then.
 */
export class Looks {
  readonly #look: (path: string) => Promise<void>;
  readonly #running = new Map<string, Look>();

  /** `look` never rejects. */
  constructor(look: (path: string) => Promise<void>) {
    this.#look = look;
  }

  /** Looks at a stream as it is after this call. */
  take(path: string): Promise<void> {
    const running = this.#running.get(path);
    if (running === undefined) return this.#begin(path);
    running.next ??= running.done.then(() => this.#begin(path));
    return running.next;
  }

  /** Resolves when every look that has been asked for is over. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done, next }) => next ?? done));
  }

  /** Resolves when nothing is under way at all. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await this.settled();
  }

  #begin(path: string): Promise<void> {
    const look: Look = { done: Promise.resolve(), next: undefined };
    this.#running.set(path, look);
    look.done = this.#look(path).then(() => {
      if (look.next === undefined) this.#running.delete(path);
    });
    return look.done;
  }
}
