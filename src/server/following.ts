import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import type { Values } from "../kernel/setting.ts";
import type { Log } from "../log/log.ts";
import { type FollowerReport, RemoteFollower } from "../remote/follower.ts";
import { forwarded } from "../remote/forward.ts";
import { LedgerlineRemote } from "../remote/ledgerline/dialect.ts";
import { Mirror } from "../remote/ledgerline/mirror.ts";
import { RemoteServer } from "../remote/remote_server.ts";
import { matchesGlob } from "../streams/chain/glob.ts";
import { answerTo } from "../web/error_table.ts";
import { type Owner, usuallyAt } from "../web/owner.ts";
import { PROBLEMS } from "../web/problem.ts";
import { isCopied } from "./admin/copied_chains.ts";
import type { Mounted } from "./mounted.ts";
import type { PortRoutes } from "./port_routes.ts";
import type { serverSettings } from "./settings.ts";

const logger = getLogger(["ledgerline", "remote"]);

type FollowValues = Pick<
  Values<typeof serverSettings>,
  "follow" | "follow-key" | "follow-chains" | "follow-reset"
>;

/** What a server does that follows another. */
export class FollowedServer {
  readonly #server: RemoteServer;
  readonly #patterns: readonly string[];
  readonly #isReset: boolean;
  readonly #clock: Clock;
  #follower: RemoteFollower<Uint8Array> | undefined;

  constructor(values: FollowValues & { readonly follow: string }, clock: Clock) {
    const key = values["follow-key"];
    this.#server = new RemoteServer({ origin: values.follow, key: key === "" ? undefined : key });
    this.#patterns = values["follow-chains"];
    this.#isReset = values["follow-reset"];
    this.#clock = clock;
  }

  /** The owner of the log, of which what changes chains is done at the other server. */
  owner(own: Owner): Owner {
    const ask = (path: string, init?: RequestInit) => this.#server.ask(path, init);
    return {
      task: (name, run, away) => {
        if (away === "here") return own.task(name, run);
        return own.task(name, async (input) => {
          if (away !== undefined) return await away(ask, input);
          throw new LedgerError("mirrored", `${name} is done at the server that is followed`);
        });
      },
      survey: (name, tell) => own.survey(name, tell),
    };
  }

  /** Routes of which what changes chains is forwarded. */
  routes(routes: PortRoutes, isMain: boolean): PortRoutes {
    return {
      ...routes,
      fetch: (request, env) => {
        const ledger = routes.asked(request);
        // What is the server's own is done here.
        if (ledger === undefined) return routes.fetch(request, env);
        const handOver = (handed: Request, isAdmitted: boolean) =>
          this.#forward(ledger, handed, isMain, isAdmitted);
        if (ledger.ledger.handsOver !== true && usuallyAt(request.method) === "owner") {
          return handOver(request, false);
        }
        return routes.fetch(request, { ...env, handOver });
      },
    };
  }

  async #forward(
    { definition: { name, mount }, ledger: { words = PROBLEMS } }: Mounted,
    request: Request,
    isMain: boolean,
    isAdmitted: boolean,
  ): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const prefix = isMain || mount !== undefined ? "" : `/${name}`;
    try {
      return await forwarded(this.#server, request, prefix + pathname + search, isAdmitted);
    } catch (error) {
      return answerTo(error, {
        logger,
        refused: ({ status, code, message }) => words.failure(status, message, code),
        unexpected: () => words.failure(500, "An unexpected error occurred", "internal"),
      });
    }
  }

  /** Begins to follow. Throws `remote_not_mine` where a store that is no copy is to be reset. */
  async start(log: Log): Promise<void> {
    const patterns = this.#patterns;
    const isWanted = (chain: string) =>
      patterns.length === 0 || patterns.some((pattern) => matchesGlob(pattern, chain));
    const mirror = new Mirror(log, isCopied, isWanted);
    if (this.#isReset) {
      const chains = await mirror.reset();
      logger.warn("{chains} copied chains are taken away, to be copied anew", { chains });
    }
    const dialect = new LedgerlineRemote(this.#server, patterns, this.#clock);
    this.#follower = new RemoteFollower(dialect, mirror, {
      clock: this.#clock,
      random: Math.random,
    });
    this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  /** How it is; undefined before it has begun. */
  get report(): FollowerReport | undefined {
    return this.#follower?.report;
  }
}

/** What follows the server that settings name, if they name one. */
export function followingOf(values: FollowValues, clock: Clock): FollowedServer | undefined {
  const { follow } = values;
  return follow === undefined ? undefined : new FollowedServer({ ...values, follow }, clock);
}
