import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import type { Values } from "../kernel/setting.ts";
import type { Log } from "../log/log.ts";
import { ClientAsking } from "../remote/client_asking.ts";
import { type FollowerReport, RemoteFollower } from "../remote/follower.ts";
import { LedgerlineRemote } from "../remote/ledgerline/dialect.ts";
import { Mirror } from "../remote/ledgerline/mirror.ts";
import { forgetFacts, keepFacts } from "../remote/ledgerline/own_facts.ts";
import { RemoteServer } from "../remote/remote_server.ts";
import { matchesGlob } from "../streams/chain/glob.ts";
import type { Effect, LedgerDefinition } from "../web/ledger.ts";
import type { Owner } from "../web/owner.ts";
import { isCopied } from "./admin/copied_chains.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { PortRoutes } from "./port_routes.ts";
import type { serverSettings } from "./settings.ts";
import { type Beyond, ownerBeyond, routesBeyond } from "./handed_on.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** Milliseconds that an answer waits at the most for its effect, and between two looks. */
const COMES_MS = 500;
const LOOK_MS = 16;

type FollowValues = Pick<
  Values<typeof serverSettings>,
  "follow-key" | "follow-chains" | "follow-reset"
>;

/** What a server does that is a mirror: its chains are copies of another server of this program. */
export class FollowedServer implements RemoteFollowing {
  readonly isCopied = isCopied;
  readonly #ledgers: readonly LedgerDefinition[];
  readonly #server: RemoteServer;
  readonly #asking: ClientAsking;
  readonly #patterns: readonly string[];
  readonly #isReset: boolean;
  readonly #clock: Clock;
  #log: Log | undefined;
  #follower: RemoteFollower<Uint8Array> | undefined;

  constructor(
    ledgers: readonly LedgerDefinition[],
    values: FollowValues & { readonly follow: string },
    clock: Clock,
  ) {
    this.#ledgers = ledgers;
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

  #beyond({ name, mount, follow }: LedgerDefinition): Beyond {
    return {
      server: this.#asking,
      beforeAnswer: async (asked, answer, { effectOf }) => {
        await this.#comes(asked, effectOf?.(asked, answer));
        const log = this.#log;
        return log && await follow?.beforeAnswer?.(asked, answer, { log, clock: this.#clock }) ||
          answer;
      },
      // Its main port has all of them.
      path: (path, isMain) => isMain || mount !== undefined ? path : `/${name}${path}`,
    };
  }

  /**
   * Waits until the copy has what was done, so that whoever did it finds it here: not for long, and
   * not where it will not come soon.
   */
  async #comes({ signal }: Request, effect: Effect | undefined): Promise<void> {
    if (effect === undefined || !this.#isWanted(effect.chain)) return;
    for (let waited = 0, ms = 1; waited < COMES_MS && !signal.aborted; waited += ms) {
      if (this.#follower?.isComing(effect.chain) !== true) return;
      // It was done, whatever this store says.
      if (await effect.isHere().catch(() => true)) return;
      ms = Math.min(2 * ms, LOOK_MS);
      await sleep(this.#clock, ms, signal);
    }
  }

  #isWanted(chain: string): boolean {
    const patterns = this.#patterns;
    return patterns.length === 0 || patterns.some((pattern) => matchesGlob(pattern, chain));
  }

  async prepare(log: Log): Promise<void> {
    this.#log = log;
    const patterns = this.#patterns;
    const mirror = new Mirror(log, isCopied, (chain) => this.#isWanted(chain));
    if (this.#isReset) {
      const chains = await mirror.reset();
      await forgetFacts(log, this.#ledgers.map(({ name }) => name));
      logger.warn("{chains} copied chains are taken away, to be copied anew", { chains });
    }
    const dialect = new LedgerlineRemote(
      this.#server,
      patterns,
      this.#clock,
      (facts) => keepFacts(log, facts),
    );
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
