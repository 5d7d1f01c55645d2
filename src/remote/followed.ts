import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../log/log.ts";
import { type FollowerReport, RemoteFollower } from "./follower.ts";
import type { RemoteDialect, RemoteKeeper } from "./remote.ts";
import type { RemoteServer } from "./remote_server.ts";

/** What whoever follows a remote for a ledger is given. */
export interface FollowContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly server: RemoteServer;
  /** The values of all settings. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What follows a remote, whatever comes of it. */
export interface FollowedRemote {
  start(): void;
  stop(): Promise<void>;
  readonly report: FollowerReport;
  /**
   * Takes away what is here of the remote, before it is started; how many chains that was. Throws
   * `remote_not_mine` where they are of no remote.
   */
  reset(): Promise<number>;
}

/** How a ledger follows a remote of its own kind. */
export interface FollowPart {
  /** Made by the owner of the log, once for a server. */
  follow(context: FollowContext): FollowedRemote | Promise<FollowedRemote>;
  /**
   * Where a path of the ledger's, with what is asked behind it, is there: undefined for one that is
   * answered here all the same, and the same path where left out.
   */
  remotePath?(path: string): string | undefined;
  /**
   * Called before the answer is given to what was sent on: what was asked for may be waited for, so
   * that whoever was told of it finds it here. It gives the answer as it was.
   */
  beforeAnswer?(
    asked: Request,
    answer: Response,
    context: Pick<FollowContext, "log" | "clock">,
  ): Promise<Response>;
}

/** Keeps what a remote tells, and can let go of it. */
export interface ResettableKeeper<Item> extends RemoteKeeper<Item> {
  reset(): Promise<number>;
}

/** A follower of what a dialect asks and a keeper keeps. */
export function followedBy<Item>(
  dialect: RemoteDialect<Item>,
  keeper: ResettableKeeper<Item>,
  context: Pick<FollowContext, "clock" | "random">,
): FollowedRemote {
  const follower = new RemoteFollower(dialect, keeper, context);
  return {
    start: () => follower.start(),
    stop: () => follower.stop(),
    get report() {
      return follower.report;
    },
    reset: () => keeper.reset(),
  };
}
