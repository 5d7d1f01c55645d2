import type { SocketHub } from "../../sockets/hub.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Owner } from "../../web/owner.ts";
import { type ConnectionQuery, listConnections, type ToldConnections } from "./connection_list.ts";
import type { SecondStats, ToldStats } from "./stats.ts";

/** What the threads that have connections are asked for. */
export interface WatchSurveys {
  connections(query: ConnectionQuery): Promise<readonly ToldConnections[]>;
  /** Ends a connection; true from the thread that had it. */
  end(id: string): Promise<readonly boolean[]>;
  stats(seconds: number): Promise<readonly ToldStats[]>;
}

/** Declares them: by whoever has connections, and by whoever asks. */
export function watchSurveys(
  owner: Pick<Owner, "survey">,
  { sockets, stats, clock }: {
    readonly sockets: SocketHub;
    readonly stats: SecondStats;
    readonly clock: Clock;
  },
): WatchSurveys {
  return {
    connections: owner.survey(
      "server/connections",
      (query: ConnectionQuery) => listConnections(sockets, query, clock.now()),
    ),
    end: owner.survey("server/end", (id: string) => sockets.end(id)),
    stats: owner.survey("server/stats", (seconds: number) => stats.told(seconds)),
  };
}
