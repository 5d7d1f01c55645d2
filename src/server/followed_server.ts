import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import type { Values } from "../kernel/setting.ts";
import type { Log } from "../log/log.ts";
import { ClientAsking } from "../remote/client_asking.ts";
import { type FollowerReport, RemoteFollower } from "../remote/follower.ts";
import { LedgerlineRemote } from "../remote/ledgerline/dialect.ts";
import { Mirror } from "../remote/ledgerline/mirror.ts";
import { RemoteServer } from "../remote/remote_server.ts";
import { matchesGlob } from "../streams/chain/glob.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import type { Owner } from "../web/owner.ts";
import { isCopied } from "./admin/copied_chains.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { PortRoutes } from "./port_routes.ts";
import type { serverSettings } from "./settings.ts";
import { type Beyond, ownerBeyond, routesBeyond } from "./handed_on.ts";

const logger = getLogger(["ledgerline", "remote"]);

type FollowValues = Pick<
  Values<typeof serverSettings>,
  "follow-key" | "follow-chains" | "follow-reset"
>;

/** What a server does that is a mirror: its chains are copies of another server of this program. */
export class FollowedServer implements RemoteFollowing {
  readonly isCopied = isCopied;
  readonly #server: RemoteServer;
  readonly #asking: ClientAsking;
  readonly #patterns: readonly string[];
  readonly #isReset: boolean;
  readonly #clock: Clock;
  #follower: RemoteFollower<Uint8Array> | undefined;

  constructor(values: FollowValues & { readonly follow: string }, clock: Clock) {
    const key = values["follow-key"];
    this.#server = new RemoteServer({ origin: values.follow, key: key === "" ? undefined : key });
    this.#asking = new ClientAsking(this.#server, clock);
    this.#patterns = values["follow-chains"];
    this.#isReset = values["follow-reset"];
    this.#clock = clock;
  }

  isFollowed(): boolean {
    return true;
  }

  owner(own: Owner): Owner {
    return ownerBeyond(own, (path, init) => this.#asking.ask(path, init));
  }

  routes(routes: PortRoutes, isMain: boolean): PortRoutes {
    return routesBeyond(routes, isMain, (ledger) => this.#beyond(ledger));
  }

  #beyond({ name, mount }: LedgerDefinition): Beyond {
    return {
      server: this.#asking,
      // Its main port has all of them.
      path: (path, isMain) => isMain || mount !== undefined ? path : `/${name}${path}`,
    };
  }

  async prepare(log: Log): Promise<void> {
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
  }

  start(): void {
    this.#follower?.start();
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  get reports(): readonly FollowerReport[] {
    return this.#follower === undefined ? [] : [this.#follower.report];
  }
}
