import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { expireLease, settle, wake } from "./wake_commands.ts";
import type { Subscription, Wake } from "./state.ts";
import type { Watch } from "./watch.ts";
import type { Surroundings } from "./surroundings.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds for which other processes leave a wake, or its end, to the one that answers for it. */
const GRACE_MS = 2_000;

/** Milliseconds after which something that the store refused is tried again. */
const AGAIN_MS = 1_000;

/** Tells the other side of a wake, and notes in the log how that went. */
export type Teller = (subscription: Subscription, wake: Wake) => Promise<void>;

/** What is next for a subscription, and when. */
interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly run: () => Promise<void>;
}

/**
 * Does for each subscription what its state in the log calls for: begin a wake, tell of it, end one
 * whose lease is over. Every step is a command that looks at the state again, so processes over one
 * store may all try; and one that dies leaves nothing that the others do not see.
 */
export class Dispatcher {
  readonly #around: Surroundings;
  readonly #watch: Watch;
  readonly #node: string;
  readonly #tell: Teller;
  readonly #timers = new Map<string, () => void>();
  /** Subscriptions with a step under way; true where there may be another after it. */
  readonly #acting = new Map<string, boolean>();
  /** Wakes that are being told of, by their ids. */
  readonly #telling = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(around: Surroundings, watch: Watch, node: string, tell: Teller) {
    this.#around = around;
    this.#watch = watch;
    this.#node = node;
    this.#tell = tell;
  }

  /** Sees what there is to do for a subscription. */
  act(id: string): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    if (this.#around.stopped.aborted) return;
    if (this.#acting.has(id)) {
      this.#acting.set(id, true);
      return;
    }
    const subscription = this.#watch.book.find(id);
    if (subscription?.isReady !== true) return;
    const step = this.#stepOf(subscription);
    if (step === undefined) return;
    const wait = step.at - this.#around.clock.now();
    if (wait > 0) this.#wait(id, wait);
    else this.#keep(this.#run(id, step));
  }

  /** Resolves when nothing is under way any more, after the server began to stop. */
  async closed(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #stepOf(subscription: Subscription): Step | undefined {
    const { id, wake: flight, retryAt } = subscription;
    const { steps } = this.#around;
    const retry = retryAt ?? 0;
    if (flight === null) {
      if (this.#watch.pending(id).size === 0) return undefined;
      return { at: retry, run: () => steps.take(wake(id, this.#news(id))) };
    }
    if (this.#telling.has(flight.id)) return undefined;
    const { until, phase, since } = flight;
    const isOrphan = this.#isAlone && phase === "sending" && flight.by !== this.#node;
    const grace = this.#isAlone || flight.by === this.#node ? 0 : GRACE_MS;
    const due = isOrphan ? 0 : Math.max(retry, since + grace);
    if ((isOrphan || phase === "due") && due < (until ?? Infinity)) {
      return { at: due, run: () => Promise.resolve(this.#begin(subscription, flight)) };
    }
    if (until === null) return undefined;
    const run = () => steps.take(expireLease(id, flight.id, this.#news(id)));
    return { at: until + grace, run };
  }

  /** Tells of a wake beside everything else: that may take as long as the lease. */
  #begin(subscription: Subscription, flight: Wake): void {
    const { id } = subscription;
    const tell = async () => {
      // The news may be another process's, and old.
      await this.#watch.look(flight.stream);
      if (this.#around.stopped.aborted) return;
      if (this.#watch.pending(id).size > 0) await this.#tell(subscription, flight);
      else await this.#around.steps.take(settle(id, flight.id));
      await this.#watch.reach();
    };
    this.#telling.add(flight.id);
    this.#keep(
      tell().then(() => true, (error) => this.#failed(id, error)).then((isDone) => {
        this.#telling.delete(flight.id);
        if (isDone) this.act(id);
        else this.#wait(id, AGAIN_MS);
      }),
    );
  }

  async #run(id: string, step: Step): Promise<void> {
    this.#acting.set(id, false);
    try {
      await step.run();
      await this.#watch.reach();
    } catch (error) {
      this.#failed(id, error);
      this.#wait(id, AGAIN_MS);
    }
    const isMore = this.#acting.get(id);
    this.#acting.delete(id);
    if (isMore === true) this.act(id);
  }

  #failed(id: string, error: unknown): false {
    if (!this.#around.stopped.aborted) {
      logger.warn("subscription {id}: {error}", { id, error: messageOf(error) });
    }
    return false;
  }

  #wait(id: string, ms: number): void {
    if (this.#around.stopped.aborted) return;
    this.#timers.get(id)?.();
    this.#timers.set(id, this.#around.clock.after(ms, () => this.act(id)));
  }

  #keep(running: Promise<void>): void {
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #news(id: string) {
    return { tails: this.#watch.offer(id), by: this.#node };
  }

  get #isAlone(): boolean {
    return this.#around.log.store.exclusive;
  }
}
