import type { Registry } from "prom-client";
import { DURATION_BOUNDS, Histogram } from "../../kernel/histogram.ts";
import { computedMetric, samplesOf } from "./computed_metric.ts";

/** What a request was, in words of this program alone. */
export interface AnsweredRequest {
  /** The ledger, or `server`. */
  readonly ledger: string;
  readonly route: string;
  readonly method: string;
  readonly status: number;
}

/** Methods that are told apart: any other would be a stranger's word. */
const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
]);

interface Route {
  readonly ledger: string;
  readonly route: string;
  /** In seconds. */
  readonly durations: Histogram;
  /** How many by method and status. */
  readonly counts: Map<string, Map<number, number>>;
}

/** Requests by route and code, and how long their answers took to begin. */
export class RouteCounts {
  /** By ledger and route: to put a name together for each request would cost more than the rest. */
  readonly #routes = new Map<string, Map<string, Route>>();
  #total = 0;

  constructor(registry: Registry) {
    const requests = "ledger_http_requests_total";
    computedMetric(registry, {
      name: requests,
      help: "Requests answered, sockets' handshakes among them",
      type: "counter",
    }, () => this.#requests());
    const seconds = "ledger_http_request_seconds";
    computedMetric(registry, {
      name: seconds,
      help: "Time until an answer begins; a long poll's wait is part of it",
      type: "histogram",
    }, () => {
      return this.#all().flatMap(({ ledger, route, durations }) =>
        samplesOf(seconds, { ledger, route }, durations)
      );
    });
  }

  /** How many there were. */
  get total(): number {
    return this.#total;
  }

  add({ ledger, route, method, status }: AnsweredRequest, ms: number): void {
    this.#total++;
    let routes = this.#routes.get(ledger);
    if (routes === undefined) this.#routes.set(ledger, routes = new Map());
    let known = routes.get(route);
    if (known === undefined) {
      known = { ledger, route, durations: new Histogram(DURATION_BOUNDS), counts: new Map() };
      routes.set(route, known);
    }
    known.durations.add(ms / 1_000);
    const kind = METHODS.has(method) ? method : "other";
    let codes = known.counts.get(kind);
    if (codes === undefined) known.counts.set(kind, codes = new Map());
    codes.set(status, (codes.get(status) ?? 0) + 1);
  }

  #all(): Route[] {
    return [...this.#routes.values()].flatMap((routes) => [...routes.values()]);
  }

  *#requests() {
    for (const { ledger, route, counts } of this.#all()) {
      for (const [method, codes] of counts) {
        for (const [code, value] of codes) yield { labels: { ledger, route, method, code }, value };
      }
    }
  }
}
