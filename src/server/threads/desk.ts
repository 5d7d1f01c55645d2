import { type Clock, sleep } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import type { Bell } from "../../log/bell.ts";
import type { Head } from "../../log/head.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import type { Owner } from "../../web/owner.ts";
import { EVERY_CHAIN } from "./messages.ts";

/** Milliseconds that a front has to answer a survey: longer than one that hangs is waited for. */
const SURVEY_MS = 5_000;

/** Answers requests of one port, behind the door. */
export type PortApp = (
  request: Request,
  env: RequestEnv["Bindings"],
) => Response | Promise<Response>;

/** A front as the desk knows it. */
export interface Seat {
  /** Whether it is begun and not gone. */
  readonly isServing: boolean;
  /** Asks what it has to tell of a survey; undefined where it goes before it has told. */
  ask(name: string, input: unknown): Promise<unknown>;
  committed(chain: string, head: Head, records: readonly Uint8Array[]): void;
  ring(chain: string, head: Head | undefined, source: "watch" | "poll"): void;
  fail(chain: string, error: LedgerError): void;
}

/** What the owner of the log does for its fronts: the side of {@linkcode Owner} that carries out. */
export class Desk implements Owner {
  readonly apps = new Map<string, PortApp>();
  readonly #clock: Clock;
  /** Rings for commits of other processes; undefined where there are none. */
  readonly #bell: Bell | undefined;
  readonly #tasks = new Map<string, (input: unknown) => Promise<unknown>>();
  /** What this thread itself tells of surveys, where it has connections too. */
  readonly #own = new Map<string, (input: unknown) => unknown>();
  readonly #isServing: boolean;
  readonly #seats = new Set<Seat>();
  /** Who follows each chain. */
  readonly #followed = new Map<string, Set<Seat>>();

  /** @param isServing whether this thread has connections too */
  constructor(clock: Clock, bell: Bell | undefined, isServing = false) {
    this.#isServing = isServing;
    this.#clock = clock;
    this.#bell = bell;
  }

  task<I, O>(name: string, run: (input: I) => Promise<O>): (input: I) => Promise<O> {
    // Whoever asks for a task has declared it by the same code, with the same input.
    this.#tasks.set(name, (input) => run(input as I));
    return run;
  }

  survey<T, I = void>(
    name: string,
    own?: (input: I) => T | Promise<T>,
  ): (input: I) => Promise<readonly T[]> {
    // Likewise of what it is answered with.
    if (this.#isServing && own !== undefined) this.#own.set(name, (input) => own(input as I));
    return async (input) => await this.ask(name, input) as T[];
  }

  seat(seat: Seat): void {
    this.#seats.add(seat);
  }

  /** A front is gone. */
  leave(seat: Seat): void {
    this.#seats.delete(seat);
    for (const chain of [...this.#followed.keys()]) this.silence(chain, seat);
  }

  async run(name: string, input: unknown): Promise<unknown> {
    const task = this.#tasks.get(name);
    if (task === undefined) throw new LedgerError("closed", `There is no task ${name} any more`);
    return await task(input);
  }

  /** What all threads with connections tell that answer in time. */
  async ask(name: string, input: unknown): Promise<unknown[]> {
    const own = this.#own.get(name);
    const answers = [...this.#seats].filter(({ isServing }) => isServing).map(async (seat) => {
      const answered = new AbortController();
      const late = sleep(this.#clock, SURVEY_MS, answered.signal).then(() => undefined);
      const answer = await Promise.race([seat.ask(name, input), late]);
      answered.abort();
      return answer;
    });
    if (own !== undefined) answers.push(Promise.resolve(own(input)));
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  }

  listen(chain: string, seat: Seat): void {
    let seats = this.#followed.get(chain);
    if (seats === undefined) {
      seats = new Set();
      this.#followed.set(chain, seats);
      const told = seats;
      // Those that other processes make of every chain nobody is told of.
      if (chain !== EVERY_CHAIN) {
        this.#bell?.listen(chain, {
          ring: (head, source) => told.forEach((each) => each.ring(chain, head, source)),
          fail: (error) => told.forEach((each) => each.fail(chain, error)),
        });
      }
    }
    seats.add(seat);
  }

  silence(chain: string, seat: Seat): void {
    const seats = this.#followed.get(chain);
    if (seats === undefined || !seats.delete(seat) || seats.size > 0) return;
    this.#followed.delete(chain);
    if (chain !== EVERY_CHAIN) this.#bell?.silence(chain);
  }

  /** Hands a commit to the fronts that follow its chain, before anybody hears of it. */
  committed(chain: string, head: Head, records: readonly Uint8Array[]): void {
    const all = this.#followed.get(EVERY_CHAIN);
    for (const seat of all ?? []) seat.committed(chain, head, records);
    for (const seat of this.#followed.get(chain) ?? []) {
      if (all?.has(seat) !== true) seat.committed(chain, head, records);
    }
  }

  /** Tells the fronts that follow a chain that it is no more. */
  dropped(chain: string): void {
    for (const seat of this.#followed.get(chain) ?? []) seat.ring(chain, undefined, "watch");
  }

  async close(): Promise<void> {
    await this.#bell?.close();
  }
}
