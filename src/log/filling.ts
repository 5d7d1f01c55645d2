/** The share of a group that is enough to make it ready while another is being committed. */
const ENOUGH = 0.8;

/**
 * What waits behind the commands of a group: whether it would about fill another. Where
 * arrays were run only once the commit before had ended, the store waited 0.8 ms for each of theirs.
 */
export class Filling {
  readonly #enough: number;
  #left: number;
  #tell: (() => void) | undefined;

  /** @param groupBytes bytes at which a group takes no more */
  constructor(groupBytes: number) {
    this.#left = this.#enough = groupBytes * ENOUGH;
  }

  /** All that waits is taken. */
  clear(): void {
    this.#left = this.#enough;
  }

  /** A command waits that writes about so many bytes. */
  put(bytes: number): void {
    this.#left -= bytes;
    if (this.#left <= 0) this.#tell?.();
  }

  /** Resolves once there is enough. */
  filled(): Promise<true> {
    return new Promise((resolve) => {
      this.#tell = () => resolve(true);
      this.put(0);
    });
  }
}
