import { STREAM_WORDS } from "./http/responses.ts";
import {
  listSetting,
  portSetting,
  secondsSetting,
  type Settings,
  textSetting,
} from "../kernel/setting.ts";
import { quietMs } from "../kv/deploy.ts";
import type { LedgerContext, LedgerDefinition } from "../web/ledger.ts";
import { HeldPages } from "./http/held_pages.ts";
import { LiveStreams } from "./http/live.ts";
import { orderProjection } from "./all/order.ts";
import { AllReaders } from "./all/readers.ts";
import { ALL_PATH, allRoutes } from "./all/routes.ts";
import { Selections } from "./all/selections.ts";
import { MOUNT, ORDER_CHAIN, STREAMS_PREFIX, SUBSCRIPTIONS_CHAIN } from "./chain/names.ts";
import { beginNewLives, forkedFrom } from "./chain/new_life.ts";
import { streamProjection } from "./chain/projection.ts";
import { EXPOSED_HEADERS } from "./http/responses.ts";
import { streamRoutes } from "./routes.ts";
import { readRetention, retentionSetting, StreamRetention } from "./chain/retention.ts";
import { StreamRoom } from "./chain/room.ts";
import { effectOf } from "./chain/mirrored.ts";
import { StreamService } from "./chain/service.ts";
import { subscriptionProjection } from "./subscriptions/projection.ts";
import { controlRoutes } from "./subscriptions/routes.ts";
import { appendsOf } from "./socket/appends.ts";
import { Subscriptions } from "./subscriptions/subscriptions.ts";
import { Tellings } from "./typed/tellings.ts";
import { WebhookTargets } from "./subscriptions/webhook_targets.ts";

const settings = {
  "streams-port": {
    doc: "Port of Durable Streams, where examples of its clients point, or off",
    schema: portSetting,
    fallback: "4437",
  },
  "streams-long-poll-seconds": {
    doc: "Seconds a long poll of a stream waits for news; the public suite has 5 at the most",
    schema: secondsSetting(0.1, 300),
    fallback: "4",
  },
  "streams-retention": {
    doc: "What streams keep: an age as 7d, a size of each as 10gb, both as 7d,10gb; or off",
    schema: retentionSetting,
    fallback: "off",
  },
  "streams-webhook-hosts": {
    doc: "Hosts, or host:port, that webhooks may go to wherever they are, separated by commas",
    schema: listSetting,
    fallback: "",
  },
  "streams-public-url": {
    doc: "Origin at which webhooks reach this server; else the one a subscription was made at",
    schema: textSetting.refine(isOrigin, "an origin such as https://example.org"),
    fallback: "",
  },
} as const satisfies Settings;

/**
 * Durable Streams, the server's own API: the protocol of github.com/durable-streams, version 1.0
 * as its PROTOCOL.md has it.
 */
export const streams: LedgerDefinition = {
  name: "streams",
  title: "Durable Streams",
  mount: MOUNT,
  roots: [ALL_PATH],
  settings,
  ports: ["streams-port"],
  firstStep: (base) => {
    const stream = `${base}${MOUNT}/hello`;
    return `curl -X PUT ${stream} -H 'content-type: application/json' -d '[{"n":1}]'; ` +
      `curl '${stream}?offset=-1'`;
  },
  eventsPath: `${MOUNT}/hello`,
  projectionOf: (chain) => {
    if (chain === SUBSCRIPTIONS_CHAIN) return subscriptionProjection;
    if (chain === ORDER_CHAIN) return orderProjection;
    return chain.startsWith(STREAMS_PREFIX) ? streamProjection : undefined;
  },
  async create(ledger) {
    const { log, clock, access, sockets, owner } = ledger;
    const service = new StreamService(log, clock, ledger.projectionOf, owner);
    const subscriptions = await subscriptionsOf(ledger, service);
    const room = new StreamRoom(log, service, clock);
    const retention = retentionOf(ledger, service);
    const live = new LiveStreams(service);
    const waitMs = quietMs(Number(ledger.settings["streams-long-poll-seconds"]) * 1_000);
    const heldPages = new HeldPages();
    const append = appendsOf(service, owner);
    const tellings = new Tellings(ledger);
    const readers = new AllReaders({ log, service, tellings, owner });
    const all = {
      readers,
      selections: new Selections(),
      clock,
      get stopping() {
        return live.stopping;
      },
      waitMs,
      access,
      sockets,
    };
    const reads = { service, live, heldPages, tellings, waitMs, access, sockets, append };
    return {
      routes: (app, port) => {
        // Its clients know one path, whatever the port.
        const base = port === undefined ? "" : MOUNT;
        controlRoutes(app, { subscriptions, service, access }, base);
        streamRoutes(app, reads, base);
        if (port !== undefined) allRoutes(app, all);
      },
      rootRoutes: (app) => allRoutes(app, all),
      beginNewLife: (isOver) => beginNewLives(log, isOver),
      whyTogether: (chain) => forkedFrom(log, chain),
      async start() {
        room.start();
        retention?.start();
        readers.keeper.start();
        await subscriptions.start();
      },
      startCopy: () => {
        retention?.start();
        return Promise.resolve(readers.keeper.start());
      },
      deliveries: subscriptions.deliveries,
      nextDue: () => subscriptions.nextDue(),
      effectOf: (asked, answer) => effectOf(service, asked, answer),
      drain: () => live.end(),
      async stop() {
        live.end();
        await Promise.all([
          room.stop(),
          retention?.stop(),
          readers.keeper.stop(),
          subscriptions.stop(),
        ]);
      },
      handsOver: true,
      words: STREAM_WORDS,
      exposedHeaders: EXPOSED_HEADERS,
    };
  },
};

/** Undefined where streams keep all. */
function retentionOf(
  { log, clock, settings }: LedgerContext,
  service: StreamService,
): StreamRetention | undefined {
  const kept = readRetention(String(settings["streams-retention"]));
  return kept === undefined ? undefined : new StreamRetention(log, service, clock, kept);
}

function subscriptionsOf(
  { log, clock, settings }: LedgerContext,
  service: StreamService,
): Promise<Subscriptions> {
  const named = settings["streams-webhook-hosts"];
  const targets = new WebhookTargets(
    String(settings["host"]),
    Array.isArray(named) ? named.map(String) : [],
  );
  const publicUrl = String(settings["streams-public-url"]).replace(/\/$/, "");
  return Subscriptions.open({
    log,
    clock,
    service,
    targets,
    publicUrl: publicUrl === "" ? undefined : publicUrl,
  });
}

function isOrigin(text: string): boolean {
  return text === "" || (URL.canParse(text) && /^https?:\/\/[^/]+\/?$/.test(text));
}
