import type { Registry } from "prom-client";
import type { Clock } from "../../kernel/clock.ts";
import { Histogram } from "../../kernel/histogram.ts";
import { Pace } from "../../kernel/turn.ts";
import type { SocketHub } from "../../sockets/hub.ts";
import { computedMetric, samplesOf } from "./computed_metric.ts";

/** Milliseconds between two looks at all connections. */
const LOOK_MS = 10_000;

/** Events that a connection may be behind, by which they are counted. */
const BOUNDS = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** How far behind connections are, looked at now and then, by ledger. */
export class LagWatch {
  readonly #hub: Pick<SocketHub, "stays">;
  readonly #clock: Clock;
  readonly #lags = new Map<string, Histogram>();
  /** The most of the last look. */
  #most = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(hub: Pick<SocketHub, "stays">, clock: Clock, registry: Registry) {
    this.#hub = hub;
    this.#clock = clock;
    const name = "ledger_connection_lag_events";
    computedMetric(registry, {
      name,
      help: "Events that a connection has not been sent yet: each, looked at every ten seconds",
      type: "histogram",
    }, () => {
      return [...this.#lags].flatMap(([ledger, lags]) => samplesOf(name, { ledger }, lags));
    });
    computedMetric(registry, {
      name: "ledger_connection_lag_events_max",
      help: "Events that the connection furthest behind had not been sent at the last look",
      type: "gauge",
      aggregator: "max",
    }, () => [...this.#most].map(([ledger, value]) => ({ labels: { ledger }, value })));
  }

  start(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => void this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #look(): Promise<void> {
    const most = new Map([...this.#most.keys()].map((ledger) => [ledger, 0]));
    const turns = Pace.ofSteps();
    for (const stay of [...this.#hub.stays()]) {
      const turn = turns.spend(1);
      if (turn !== undefined) await turn;
      const { lag } = stay;
      if (lag === undefined) continue;
      most.set(stay.ledger, Math.max(most.get(stay.ledger) ?? 0, lag));
      this.#add(stay.ledger, lag);
    }
    this.#most = most;
    if (this.#cancel !== undefined) this.start();
  }

  #add(ledger: string, lag: number): void {
    const lags = this.#lags.get(ledger) ?? new Histogram(BOUNDS);
    this.#lags.set(ledger, lags);
    lags.add(lag);
  }
}
