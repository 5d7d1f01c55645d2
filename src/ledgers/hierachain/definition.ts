import { portSetting, type Settings, switchSetting } from "../../kernel/setting.ts";
import { followedBy } from "../../remote/followed.ts";
import { followedPlace, followSettings } from "../../remote/follow_settings.ts";
import { routesOf } from "../../web/described.ts";
import type { LedgerContext, LedgerDefinition } from "../../web/ledger.ts";
import { businessProjection } from "./business/registry.ts";
import { knownSenders } from "./accounts.ts";
import { addBusinessRoutes } from "./business/routes.ts";
import { BUSINESS_LOG, CHAIN_LOGS, chainLogName, REMOTE_REGISTRY } from "./chain/names.ts";
import { hierachainProjection, remoteRegistryProjection } from "./chain/projection.ts";
import { HieraChainService } from "./chain/service.ts";
import { addDocsRoutes } from "./docs/routes.ts";
import { addGraphqlRoute } from "./graphql/route.ts";
import { ChainDialect } from "./follow/chain_dialect.ts";
import { ChainKeeper } from "./follow/chain_keeper.ts";
import type { AddRoute } from "./rest/context.ts";
import { httpError } from "./rest/responses.ts";
import { restRoutes } from "./rest/routes.ts";
import { HIERACHAIN_WORDS } from "./rest/words.ts";
import { eventTypes } from "./socket/event_types.ts";
import { eventForm } from "./socket/event_form.ts";
import { Subscribers } from "./socket/subscribers.ts";
import { wsRoutes } from "./socket/routes.ts";

const settings = {
  "hierachain-port": {
    doc: "Port of HieraChain's own API, or off",
    schema: portSetting,
    fallback: "2661",
  },
  ...followSettings("hierachain", "HieraChain", "http://node:2661"),
  "hierachain-escape-html": {
    doc: "Escape HTML in what users store, as the original does",
    schema: switchSetting,
    fallback: "false",
  },
} as const satisfies Settings;

/** HieraChain, as hierachain 0.2.0 and its published WebSocket page have it. */
export const hierachain: LedgerDefinition = {
  name: "hierachain",
  title: "HieraChain",
  decodesPaths: true,
  settings,
  ports: ["hierachain-port"],
  firstStep: (base) => {
    const chain = `${base}/api/ledger/chains/supply_chain`;
    const event = '{"entity_id":"PROD-1","event_type":"production_complete"}';
    return `curl -X POST ${chain}/create; ` +
      `curl ${chain}/events -H 'content-type: application/json' -d '${event}'`;
  },
  eventsPath: "/ws",
  // As the original has them.
  ownDocuments: ["/docs", "/openapi.json"],
  projectionOf(chain) {
    if (chain === BUSINESS_LOG) return businessProjection;
    if (chain === chainLogName(REMOTE_REGISTRY)) return remoteRegistryProjection;
    return chain.startsWith(CHAIN_LOGS) ? hierachainProjection(chain) : undefined;
  },
  formOf: (chain) => chain === BUSINESS_LOG ? undefined : eventForm,
  eventTypes,
  follow: {
    follow(context) {
      const keeper = new ChainKeeper(context.log);
      return followedBy(new ChainDialect(keeper, context), keeper, context);
    },
  },
  async create(ledger: LedgerContext) {
    const { log, clock, sockets, access, owner } = ledger;
    const escapeHtml = ledger.settings["hierachain-escape-html"] === true;
    const isFollowing = followedPlace("hierachain", ledger.settings) !== undefined;
    const service = await HieraChainService.open(log, clock, escapeHtml, isFollowing);
    const subscribers = new Subscribers(sockets.limit, owner);
    return {
      routes(app) {
        const addSockets = (add: AddRoute) =>
          wsRoutes(app, add, ledger, { service, clock, subscribers, access });
        const addDocs = (add: AddRoute) => addDocsRoutes(add, () => routesOf(app));
        const more = [addBusinessRoutes, addGraphqlRoute, addDocs, addSockets];
        restRoutes(app, { service, ledger }, more);
      },
      start: () => service.start(),
      stop: () => service.stop(),
      handsOver: true,
      accounts: knownSenders,
      rejection: ({ method, url }, { message }) =>
        method === "POST" && /\/(?:events|secure-events)$/.test(new URL(url).pathname)
          ? httpError(400, message)
          : undefined,
      words: HIERACHAIN_WORDS.chains,
      exposedHeaders: "ledger-id, ledger-offset, retry-after, x-request-id",
    };
  },
};
