/**
 * A server has one owner of its log: whatever changes a chain, and whatever is kept in memory for
 * that, is there. Connections may be elsewhere, on threads that only read; what a route or a socket
 * of theirs needs of the owner is said where it is declared, and is the same code either way.
 */

/**
 * Hands a request to the owner, whose handler of the same route answers it.
 *
 * @param isAdmitted whether whoever asks was let in already, so that its body may be read ahead
 */
export type HandOver = (request: Request, isAdmitted: boolean) => Promise<Response>;

/** Where a request is answered: wherever its connection is, or by the owner of the log. */
export type AnsweredAt = "anywhere" | "owner";

/** Methods that change nothing, unless a route says otherwise. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Where a request of a method is answered whose route does not say. */
export function usuallyAt(method: string): AnsweredAt {
  return SAFE_METHODS.has(method) ? "anywhere" : "owner";
}

/** Asks the server whose chains are copied here, with the key that is for it. */
export type AskRemote = (path: string, init?: RequestInit) => Promise<Response>;

/**
 * How a task is done where chains are copies of another server's: here all the same, or by asking that
 * one.
 */
export type Away<I, O> = "here" | ((ask: AskRemote, input: I) => Promise<O>);

/** What the owner of the log does for connections that may be elsewhere. */
export interface Owner {
  /**
   * A task that the owner carries out: what is returned asks for it, and `run` does it there. What
   * goes in and what comes out can be cloned (`structuredClone`); of errors only those of the log keep
   * their kind. Call it once for each name, before anything is served.
   *
   * @param away how it is done where chains are copies; refused as `mirrored` where left out
   */
  task<I, O>(
    name: string,
    run: (input: I) => Promise<O>,
    away?: Away<I, O>,
  ): (input: I) => Promise<O>;
  /**
   * What every part of the server that has connections keeps of them, such as counts: what is
   * returned asks all of them, of which `own` tells what it is here. As for {@linkcode task}.
   */
  survey<T, I = void>(
    name: string,
    own: (input: I) => T | Promise<T>,
  ): (input: I) => Promise<readonly T[]>;
}

/** The owner that has all connections itself. */
export const SOLE_OWNER: Owner = {
  task: (_name, run) => run,
  survey: (_name, own) => async (input) => [await own(input)],
};
