import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../log/log.ts";
import { isFollowReset } from "../remote/follow_settings.ts";
import type { FollowedRemote, FollowPart } from "../remote/followed.ts";
import type { FollowerReport } from "../remote/follower.ts";
import { ClientAsking } from "../remote/client_asking.ts";
import type { RemoteServer } from "../remote/remote_server.ts";
import { type LedgerDefinition, prefixOf } from "../web/ledger.ts";
import type { Owner } from "../web/owner.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { PortRoutes } from "./port_routes.ts";
import { type Beyond, ownerBeyond, routesBeyond } from "./handed_on.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** A ledger that follows a remote of its own kind. */
export interface FollowingLedger {
  readonly definition: LedgerDefinition;
  readonly part: FollowPart;
  readonly server: RemoteServer;
}

/** What a server does of which some ledgers follow nodes of theirs. */
export class FollowedLedgers implements RemoteFollowing {
  readonly #ledgers: ReadonlyMap<
    LedgerDefinition,
    FollowingLedger & { readonly asking: ClientAsking }
  >;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #clock: Clock;
  #log: Log | undefined;
  readonly #followed: FollowedRemote[] = [];

  constructor(
    ledgers: readonly FollowingLedger[],
    settings: Readonly<Record<string, unknown>>,
    clock: Clock,
  ) {
    this.#ledgers = new Map(
      ledgers.map((ledger) => [
        ledger.definition,
        { ...ledger, asking: new ClientAsking(ledger.server, clock) },
      ]),
    );
    this.#settings = settings;
    this.#clock = clock;
  }

  // What is taken of a node is written here by commands.
  isCopied(): boolean {
    return false;
  }

  isFollowed(ledger: LedgerDefinition): boolean {
    return this.#ledgers.has(ledger);
  }

  owner(own: Owner, ledger: LedgerDefinition): Owner {
    const asking = this.#ledgers.get(ledger)?.asking;
    return asking === undefined ? own : ownerBeyond(own, (path, init) => asking.ask(path, init));
  }

  routes(routes: PortRoutes, isMain: boolean): PortRoutes {
    return routesBeyond(routes, isMain, (ledger) => this.#beyond(ledger));
  }

  #beyond(definition: LedgerDefinition): Beyond | undefined {
    const ledger = this.#ledgers.get(definition);
    if (ledger === undefined) return undefined;
    const { part, asking } = ledger;
    const prefix = prefixOf(definition);
    const log = this.#log;
    return {
      server: asking,
      beforeAnswer: async (asked, answer) =>
        log && await part.beforeAnswer?.(asked, answer, { log, clock: this.#clock }) || answer,
      path: (path, isMain) => {
        const own = isMain && path.startsWith(prefix) ? path.slice(prefix.length) : path;
        return part.remotePath === undefined ? own : part.remotePath(own);
      },
    };
  }

  async prepare(log: Log): Promise<void> {
    this.#log = log;
    for (const { definition: { name }, part, server } of this.#ledgers.values()) {
      const followed = await part.follow({
        log,
        clock: this.#clock,
        random: Math.random,
        server,
        settings: this.#settings,
      });
      if (isFollowReset(name, this.#settings)) {
        const chains = await followed.reset();
        logger.warn("{chains} chains of {ledger} are taken away, to be taken anew", {
          chains,
          ledger: name,
        });
      }
      this.#followed.push(followed);
    }
  }

  start(): void {
    for (const followed of this.#followed) followed.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#followed.map((followed) => followed.stop()));
  }

  get reports(): readonly FollowerReport[] {
    return this.#followed.map(({ report }) => report);
  }
}
