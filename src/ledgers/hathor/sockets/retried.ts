/**
 * Something that is made once and then kept, such as the messages of a batch. What could not be
 * made, as the store was away, is made again for whoever asks next.
 */
export class Retried<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  get(): Promise<T> {
    this.#made ??= this.#make().catch((error) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }
}
