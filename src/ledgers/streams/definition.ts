import { countSetting, type Settings } from "../../kernel/setting.ts";
import type { LedgerDefinition } from "../ledger.ts";
import { LiveStreams } from "./live.ts";
import { LOG_PREFIX, MOUNT } from "./names.ts";
import { streamProjection } from "./projection.ts";
import { streamRoutes } from "./routes.ts";
import { StreamService } from "./service.ts";

const settings = {
  "streams-long-poll-seconds": {
    doc: "Seconds a long poll of a stream waits for news; the public suite has 5 at the most",
    schema: countSetting(1, 300),
    fallback: "4",
  },
} as const satisfies Settings;

/**
 * Durable Streams, the server's own API: the protocol of github.com/durable-streams, version 1.0
 * as its PROTOCOL.md has it, without its subscriptions (sections 6 and 7).
 */
export const streams: LedgerDefinition = {
  name: "streams",
  title: "Durable Streams",
  mount: MOUNT,
  settings,
  ports: [],
  firstSteps: (origin) => [
    `curl -X PUT ${origin}/hello -H 'content-type: application/json'`,
    `curl -X POST ${origin}/hello -H 'content-type: application/json' -d '{"n":1}'`,
    `curl '${origin}/hello?offset=-1&live=sse'`,
  ],
  projectionOf: (chain) => chain.startsWith(LOG_PREFIX) ? streamProjection : undefined,
  create(ledger) {
    const { log, clock, access } = ledger;
    const service = new StreamService(log, clock, ledger.projectionOf);
    const live = new LiveStreams(service);
    const waitMs = Number(ledger.settings["streams-long-poll-seconds"]) * 1_000;
    const reads = { service, live, waitMs, isPrivate: access.isRequired };
    return Promise.resolve({
      routes: (app) => streamRoutes(app, reads, ledger),
      start: () => Promise.resolve(),
      drain: () => live.stop(),
      stop: () => Promise.resolve(live.stop()),
    });
  },
};
