import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../kernel/clock.ts";
import { clientAddress } from "../../web/proxies.ts";
import { setHeader } from "../../web/whole_response.ts";
import type { RouteCounts } from "./route_counts.ts";

const access = getLogger(["ledgerline", "access"]);
const refusals = getLogger(["ledgerline", "refusals"]);

/** The header by which an answer says under which id it stands in the log. */
const REQUEST_ID = "x-request-id";

/** Statuses of whoever may not come in, or not now. */
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429]);

/** Refusals of one second that are logged one by one: whoever is refused may come again at once. */
const LOGGED_PER_SECOND = 20;

/** Characters of what a stranger has written. */
const LOGGED_CHARS = 200;

/** A request that was answered. */
export interface AnsweredExchange {
  readonly request: Request;
  /** The address of the peer. */
  readonly peer: string;
  readonly answer: Response;
  /** Milliseconds until the answer began. */
  readonly ms: number;
  /** The ledger, or `server`. */
  readonly ledger: string;
  readonly route: string;
}

/** What a request log is made with. */
export interface RequestLogOptions {
  readonly clock: Clock;
  readonly routes: RouteCounts;
  readonly trustedProxies: ReadonlySet<string>;
  /** Whether all requests are logged, and not only those that were refused. */
  readonly isAll: boolean;
}

/**
 * Counts every request, and logs those that were refused, or all. A line has no more of an address
 * than its path, since a query may hold a key; of a refusal it has the route alone, as whoever is not
 * let in may have put a key anywhere. What is logged has an id, which its answer
 * carries as well: the ledger's own, where that gives one.
 */
export class RequestLog {
  readonly #options: RequestLogOptions;
  readonly #name = crypto.randomUUID().slice(0, 6);
  #number = 0;
  /** The second in which refusals are counted, and how many there were. */
  #second = 0;
  #refused = 0;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  answered({ request, peer, answer, ms, ledger, route }: AnsweredExchange): void {
    const { method } = request;
    const { status } = answer;
    const { routes, isAll } = this.#options;
    routes.add({ ledger, route, method, status }, ms);
    const isRefused = REFUSED.has(status);
    if (!isAll && !isRefused && status < 500) return;
    const own = answer.headers.get(REQUEST_ID);
    const id = own ?? `${this.#name}-${(this.#number++).toString(36)}`;
    // A handshake's headers are final.
    if (own === null && status !== 101) setHeader(answer, REQUEST_ID, id);
    const facts = () => ({
      request: id,
      method: method.slice(0, LOGGED_CHARS),
      route,
      status,
      ledger,
      address: clientAddress(request, peer, this.#options.trustedProxies),
      agent: request.headers.get("user-agent")?.slice(0, LOGGED_CHARS),
    });
    if (isAll) {
      const line = { ...facts(), path: pathOf(request.url), ms: Math.round(ms * 10) / 10 };
      access.info("{method} {path} {status} in {ms} ms", line);
    }
    if (isRefused && this.#isToBeTold()) {
      refusals.info("refused {method} {route}: {status}", facts());
    }
  }

  /** Whether one more refusal is logged in this second. */
  #isToBeTold(): boolean {
    const second = Math.floor(this.#options.clock.now() / 1_000);
    if (second !== this.#second) {
      const untold = this.#refused - LOGGED_PER_SECOND;
      if (untold > 0) refusals.info("{untold} more were refused", { untold });
      this.#second = second;
      this.#refused = 0;
    }
    return ++this.#refused <= LOGGED_PER_SECOND;
  }
}

/** The path of an address, as much of it as is logged. */
function pathOf(url: string): string {
  const host = url.indexOf("://") + 3;
  const path = url.indexOf("/", host);
  if (path < 0) return "/";
  const end = url.slice(path, path + LOGGED_CHARS + 1).search(/[?#]/);
  return url.slice(path, path + (end < 0 ? LOGGED_CHARS : end));
}
