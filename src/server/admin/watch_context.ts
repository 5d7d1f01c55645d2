import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../log/log.ts";
import type { ChainGlances } from "../watching/chain_glances.ts";
import type { WatchSurveys } from "../watching/surveys.ts";
import type { Deliveries } from "../../web/deliveries.ts";
import type { AdminContext } from "./authorize.ts";

/** What the routes that tell of the server need. */
export interface WatchContext extends AdminContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly surveys: WatchSurveys;
  readonly glances: ChainGlances;
  /** What ledgers tell to others. */
  readonly deliveries: () => readonly Deliveries[];
  /** The name of a key by its id; undefined for one that has none. */
  readonly nameOf: (id: string) => string | undefined;
  /** What this server is, where it is the one that answers. */
  readonly facts: () => Promise<ServerFacts>;
  /** What every answer says of who gives it. */
  readonly about: () => {
    readonly server: string;
    readonly sharesStore: boolean;
    readonly time: string;
  };
}

/** A server as it tells of itself. */
export interface ServerFacts {
  /** For whoever has any key. */
  readonly open: Readonly<Record<string, unknown>>;
  /** For administrators. */
  readonly own: Readonly<Record<string, unknown>>;
}
