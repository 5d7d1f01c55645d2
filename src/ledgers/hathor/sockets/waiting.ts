/**
 * What a source of messages waits for. A session asks all its sources whenever one of them has
 * something; if each question began the same wait anew, every wait's end would ask again for all of
 * them, and two sources would soon do nothing else.
 */
export class Waiting {
  #isPending = false;

  /** Whether the session will ask again by itself. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** The session is to ask again when the promise resolves. */
  for(promise: Promise<unknown>): Promise<unknown> {
    this.#isPending = true;
    return promise.finally(() => this.#isPending = false);
  }
}
