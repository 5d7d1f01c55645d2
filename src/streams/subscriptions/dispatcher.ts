import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { expireLease, settle, wake } from "./wake_commands.ts";
import type { Subscription, Wake } from "./state.ts";
import type { Watch } from "./watch.ts";
import type { Surroundings } from "./surroundings.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds that other processes wait before they take over a wake from the one that began it. */
const GRACE_MS = 2_000;

/** Milliseconds after which a step that failed is tried again. */
const AGAIN_MS = 1_000;

/** Delivers a wake to its webhook or wake stream, and records in the log how that went. */
export type Teller = (subscription: Subscription, wake: Wake) => Promise<void>;

/** The next step of a subscription, and when it is due. */
interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly run: () => Promise<void>;
}

/**
 * The state machine of each subscription: begins a wake, delivers it, ends one whose lease is over.
 * Every step is a command that checks the state again, so all processes on one store may try it; one
 * that dies keeps no state that the others do not see in the log.
 */
export class Dispatcher {
  readonly #around: Surroundings;
  readonly #watch: Watch;
  readonly #node: string;
  readonly #tell: Teller;
  readonly #timers = new Map<string, () => void>();
  /** Subscriptions with a step under way; true where there may be another after it. */
  readonly #acting = new Map<string, boolean>();
  /** Ids of the wakes that are being delivered. */
  readonly #telling = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(around: Surroundings, watch: Watch, node: string, tell: Teller) {
    this.#around = around;
    this.#watch = watch;
    this.#node = node;
    this.#tell = tell;
  }

  /** Takes a subscription's next step, now or when it is due. */
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

  /**
   * When the first step of all is due, in milliseconds since the epoch: 0 where one is under way, and
   * undefined where nothing is to be done before something is written or asked.
   */
  nextDue(): number | undefined {
    const due = [...this.#watch.book.all()].map((subscription) => {
      const { id, isReady, wake: flight } = subscription;
      if (!isReady) return Infinity;
      const isUnderWay = this.#acting.has(id) || (flight !== null && this.#telling.has(flight.id));
      return isUnderWay ? 0 : this.#stepOf(subscription)?.at ?? Infinity;
    });
    const first = due.reduce((a, b) => Math.min(a, b), Infinity);
    return first === Infinity ? undefined : first;
  }

  /** Resolves when nothing is under way any more, after the server began to stop. */
  async closed(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #stepOf(subscription: Subscription): Step | undefined {
    const { id, wake: flight, retryAt, isPaused = false } = subscription;
    const { steps } = this.#around;
    const retry = retryAt ?? 0;
    if (flight === null) {
      if (isPaused || this.#watch.pending(id).size === 0) return undefined;
      return { at: retry, run: () => steps.take(wake(id, this.#news(id))) };
    }
    if (this.#telling.has(flight.id)) return undefined;
    const { until, phase, since } = flight;
    const isOrphan = this.#isAlone && phase === "sending" && flight.by !== this.#node;
    const grace = this.#isAlone || flight.by === this.#node ? 0 : GRACE_MS;
    const due = isOrphan ? 0 : Math.max(retry, since + grace);
    if (!isPaused && (isOrphan || phase === "due") && due < (until ?? Infinity)) {
      return { at: due, run: () => Promise.resolve(this.#begin(subscription, flight)) };
    }
    if (until === null) return undefined;
    const run = () => steps.take(expireLease(id, flight.id, this.#news(id)));
    return { at: until + grace, run };
  }

  /** Delivers a wake, and does not wait for it: that may take as long as the lease. */
  #begin(subscription: Subscription, flight: Wake): void {
    const { id } = subscription;
    const tell = async () => {
      // Another process may have begun the wake, and its data may have been acked since.
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
