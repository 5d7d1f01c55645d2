import type { Log } from "../log/log.ts";
import type { FollowerReport } from "../remote/follower.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import type { Owner } from "../web/owner.ts";
import type { PortRoutes } from "./port_routes.ts";

/** What a server does that follows others. */
export interface RemoteFollowing {
  /** Whether a chain is a copy of another server's, records and all. */
  isCopied(chain: string): boolean;
  /** Whether a ledger has what another one decides. */
  isFollowed(ledger: LedgerDefinition): boolean;
  /** The owner of the log, of which what changes a ledger's chains is done at the other server. */
  owner(own: Owner, ledger: LedgerDefinition): Owner;
  /** Routes of which what changes chains is forwarded. */
  routes(routes: PortRoutes, isMain: boolean): PortRoutes;
  /**
   * Makes what follows, and takes away what is to be taken anew, before any ledger reads it. Throws
   * `remote_not_mine` where what is no copy is to be reset.
   */
  prepare(log: Log): Promise<void>;
  /** Begins to follow. */
  start(): void;
  stop(): Promise<void>;
  /** How it is, of each that is followed; none before it has begun. */
  readonly reports: readonly FollowerReport[];
}
