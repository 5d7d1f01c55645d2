import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "prom-client";
import { LedgerError } from "../kernel/errors.ts";
import type { Traffic } from "../sockets/following.ts";
import type { Log } from "../log/log.ts";
import type { LogObserver } from "../log/observer.ts";
import type { HubObserver } from "../sockets/hub.ts";
import type { TurnedAway } from "../web/shared.ts";
import type { CutReason } from "./edge/connection.ts";
import type { ConnectionObserver } from "./edge/connections.ts";
import { computedMetric } from "./watching/computed_metric.ts";
import { processMetrics } from "./watching/process_metrics.ts";
import { RouteCounts } from "./watching/route_counts.ts";
import type { Figures } from "./watching/stats.ts";

/** Chains whose heads one scrape shows: more would be a load of their own. */
const SHOWN_CHAINS = 500;

/** What a thread has counted, as the library passes it on. */
export type Counted = readonly object[];

/** Everything this process counts, as Prometheus reads it, and the observers that count it. */
export class Metrics implements LogObserver, HubObserver, ConnectionObserver {
  readonly registry = new Registry();
  readonly #log: () => Log;
  #others: (() => Promise<readonly Counted[]>) | undefined;
  /** Requests by route and code. */
  readonly routes = new RouteCounts(this.registry);
  #events = 0;
  #commits = 0;
  #bytes = 0;
  #connected = 0;
  /** Milliseconds that the event loop was late at the most, since that was asked for. */
  #late = 0;
  readonly #conflicts = this.#counter(
    "ledger_append_conflicts_total",
    "Groups run again because another instance was first",
  );
  readonly #unknown = this.#counter(
    "ledger_append_unknown_outcomes_total",
    "Commits that ended without an answer and were looked up",
  );
  readonly #failures = this.#counter(
    "ledger_append_failed_total",
    "Groups that could not be committed",
    ["code"],
  );
  readonly #seconds = new Histogram({
    name: "ledger_append_seconds",
    help: "Time the store took for one commit",
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly #batch = new Histogram({
    name: "ledger_append_batch_events",
    help: "Events in one commit",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers: [this.registry],
  });
  readonly #lag = new Histogram({
    name: "ledger_event_loop_lag_seconds",
    help: "How long a request waits for the event loop's turn, looked at 10 times a second",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [this.registry],
  });
  readonly #wakeups = this.#counter("ledger_tail_wakeups_total", "Times a followed chain moved", [
    "source",
  ]);
  readonly #sockets = new Gauge({
    name: "ledger_sockets",
    help: "Open sockets",
    labelNames: ["ledger"] as const,
    registers: [this.registry],
  });
  readonly #held = new Gauge({
    name: "ledger_requests_held",
    help: "Long polls and event streams that wait for news",
    labelNames: ["ledger"] as const,
    registers: [this.registry],
  });
  readonly #closed = this.#counter("ledger_socket_closed_total", "Sockets closed", [
    "ledger",
    "reason",
  ]);
  readonly #refused = this.#counter("ledger_upgrade_rejected_total", "Handshakes refused", [
    "ledger",
    "reason",
  ]);

  readonly #turnedAway = this.#counter("ledger_requests_refused_total", "Requests refused", [
    "reason",
  ]);

  readonly #connections = new Gauge({
    name: "ledger_connections",
    help: "Open connections, whatever they do",
    registers: [this.registry],
  });
  readonly #cut = this.#counter(
    "ledger_connections_cut_total",
    "Connections refused or ended by the server, by reason",
    ["reason"],
  );

  /**
   * @param damages how many heads, events and rows are known to be damaged
   * @param held milliseconds that the event loop has kept everybody waiting of late, at the most
   */
  constructor(log: () => Log, damages: () => number = () => 0, held: () => number = () => 0) {
    const registers = [this.registry];
    new Gauge({
      name: "ledger_event_loop_lag_max_seconds",
      help: "The longest that everybody was kept waiting in the last ten to twenty seconds",
      aggregator: "max",
      registers,
      collect() {
        this.set(held() / 1_000);
      },
    });
    new Gauge({
      name: "ledger_damages",
      help: "Heads, events and rows that the look over the store has found damaged",
      registers,
      collect() {
        this.set(damages());
      },
    });
    processMetrics(this.registry);
    this.#sum("ledger_append_events_total", "Events committed by this process", () => this.#events);
    this.#sum("ledger_append_total", "Commits by this process", () => this.#commits);
    this.#sum("ledger_append_bytes_total", "Bytes of event data committed", () => this.#bytes);
    this.#log = log;
  }

  /** What is counted here, for another thread to add to its own. */
  counted(): Promise<Counted> {
    // The library says no more of it than that it is JSON.
    return Promise.resolve(this.registry.getMetricsAsJSON() as unknown as Counted);
  }

  /** What is looked at once a second; `sent` is what went out since the beginning. */
  figures(sent: Traffic): Figures {
    const lagMs = this.#late;
    this.#late = 0;
    return {
      appends: this.#commits,
      events: this.#events,
      eventBytes: this.#bytes,
      messages: sent.messages,
      bytes: sent.bytes,
      requests: this.routes.total,
      connections: this.#connected,
      lagMs,
    };
  }

  /** What is open now, on all threads. */
  async open(): Promise<Readonly<Record<"connections" | "sockets" | "held", number>>> {
    const registry = await this.#all();
    const sum = async (name: string) => {
      const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      return values.reduce((all, { value }) => all + value, 0);
    };
    return {
      connections: await sum("ledger_connections"),
      sockets: await sum("ledger_sockets"),
      held: await sum("ledger_requests_held"),
    };
  }

  /** Has what `ask` gives added to what is counted here. */
  addAll(ask: () => Promise<readonly Counted[]>): void {
    this.#others = ask;
  }

  /** The text of one scrape, with the chains that its key may read. */
  async text(mayRead: (chain: string) => boolean): Promise<{ body: string; contentType: string }> {
    const { contentType } = this.registry;
    const body = await (await this.#all()).metrics() + await this.#heads(mayRead);
    return { body, contentType };
  }

  async #all(): Promise<Registry> {
    if (this.#others === undefined) return this.registry;
    const all = [await this.counted(), ...await this.#others()];
    return AggregatorRegistry.aggregate(all.map((each) => [...each]));
  }

  /** Made for each scrape, because which chains it may name depends on the key. */
  async #heads(mayRead: (chain: string) => boolean): Promise<string> {
    const registry = new Registry();
    const heads = new Gauge({
      name: "ledger_log_head",
      help: "Offset of the next event of each chain that the key may read",
      labelNames: ["chain"] as const,
      registers: [registry],
    });
    let shown = 0;
    for await (const { name, head } of this.#log().chains()) {
      if (!mayRead(name)) continue;
      heads.set({ chain: name }, head.next);
      if (++shown >= SHOWN_CHAINS) break;
    }
    return shown === 0 ? "" : await registry.metrics();
  }

  committed(_chain: string, events: number, bytes: number, ms: number): void {
    this.#commits++;
    this.#events += events;
    this.#bytes += bytes;
    this.#seconds.observe(ms / 1_000);
    this.#batch.observe(events);
  }

  /** Counts how many milliseconds late the event loop came to a look. */
  lagged(ms: number): void {
    this.#lag.observe(ms / 1_000);
    this.#late = Math.max(this.#late, ms);
  }

  conflict(): void {
    this.#conflicts.inc();
  }

  unknownOutcome(): void {
    this.#unknown.inc();
  }

  failed(_chain: string, error: unknown): void {
    this.#failures.inc({ code: error instanceof LedgerError ? error.code : "internal" });
  }

  woken(source: string): void {
    this.#wakeups.inc({ source });
  }

  opened(ledger: string): void {
    this.#sockets.inc({ ledger });
  }

  closed(ledger: string, reason: string): void {
    this.#sockets.dec({ ledger });
    this.#closed.inc({ ledger, reason });
  }

  held(ledger: string): void {
    this.#held.inc({ ledger });
  }

  released(ledger: string): void {
    this.#held.dec({ ledger });
  }

  refused(ledger: string, reason: string): void {
    this.#refused.inc({ ledger, reason });
    if (reason === "limit" || reason === "address_limit") this.turnedAway("connections");
  }

  connected(): void {
    this.#connections.inc();
    this.#connected++;
  }

  disconnected(): void {
    this.#connections.dec();
    this.#connected--;
  }

  cut(reason: CutReason): void {
    this.#cut.inc({ reason });
  }

  /** Counts a request that was refused, by sockets and by everything else. */
  turnedAway(reason: TurnedAway): void {
    this.#turnedAway.inc({ reason });
  }

  #sum(name: string, help: string, value: () => number): void {
    computedMetric(this.registry, { name, help, type: "counter" }, () => [
      { labels: {}, value: value() },
    ]);
  }

  #counter<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
