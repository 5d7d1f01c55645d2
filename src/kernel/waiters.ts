/** Those who wait for news of something. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Tells all of them that there is news. */
  wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  /** Resolves when there is news, or `signal` is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }
}
