import type { Ledger, LedgerContext, LedgerDefinition } from "../../web/ledger.ts";
import type { Endpoint, RoutedCall } from "../../web/router.ts";
import { type FollowContext, followedBy, type FollowedRemote } from "../../remote/followed.ts";
import { followedPlace } from "../../remote/follow_settings.ts";
import { knownKeys, unspentOf } from "./dev/accounts.ts";
import { type AssetForm, giveAsset } from "./dev/faucet.ts";
import { noProjection } from "../../log/projection.ts";
import { ledgerProjection } from "./chain/projection.ts";
import { chainName, type Dialect, rejectedName } from "./chain/dialect.ts";
import { type HttpContext } from "./http/routes.ts";
import { BlockDialect } from "./follow/block_dialect.ts";
import { BlockKeeper } from "./follow/block_keeper.ts";
import type { NodeApi } from "./follow/node_block.ts";
import { nodeAnswer } from "./follow/node_answer.ts";
import { BigchainService } from "./chain/service.ts";
import { type LedgerSettings, settingsOf, settingValues } from "./settings.ts";
import { sharedRoutes } from "./http/routes.ts";
import { BIGCHAINDB_WORDS, routerOf } from "./http/router.ts";
import { eventTypesOf } from "./chain/event_types.ts";
import { eventForm } from "./stream/event_form.ts";
import { validTransactionPortRoutes, validTransactionRoutes } from "./stream/paths.ts";

/** What a ledger's definition adds to its dialect. */
export interface DefinitionParts {
  readonly title: string;
  readonly ports: { readonly web: number; readonly stream: number };
  readonly firstStep: LedgerDefinition["firstStep"];
  readonly eventsPath: string;
  /** What assets of the developer mode look like. */
  readonly assets: AssetForm;
  /** How a node of it is asked. */
  readonly node: NodeApi;
  /** The routes that only this ledger has. */
  readonly routes: (service: BigchainService) => readonly Endpoint<RoutedCall>[];
}

/** The definition of a ledger of this family. */
export function defineLedger(dialect: Dialect, parts: DefinitionParts): LedgerDefinition {
  const { name } = dialect;
  const projection = ledgerProjection(dialect);
  // Asked for each request.
  const [own, rejected] = [chainName(dialect), rejectedName(dialect)];
  return {
    name,
    title: parts.title,
    decodesPaths: true,
    settings: settingsOf(name, parts.title, parts.ports),
    ports: [`${name}-port`, `${name}-stream-port`],
    firstStep: parts.firstStep,
    eventsPath: parts.eventsPath,
    projectionOf: (chain) => {
      if (chain === own) return projection;
      return chain === rejected ? noProjection : undefined;
    },
    formOf: (chain) => chain === own ? eventForm : undefined,
    eventTypes: eventTypesOf(dialect),
    follow: {
      follow: (context) => followNode(dialect, parts.node, context),
      beforeAnswer: (asked, answer, { log, clock }) =>
        nodeAnswer(log.chain(chainName(dialect)), clock, asked, answer),
    },
    create: (ledger) => Promise.resolve(create(dialect, parts, ledger)),
  };
}

function create(dialect: Dialect, parts: DefinitionParts, ledger: LedgerContext): Ledger {
  const settings = settingValues(dialect.name, ledger.settings);
  const isFollowing = followedPlace(dialect.name, ledger.settings) !== undefined;
  const service = new BigchainService(dialect, ledger.log, { ...settings, clock: ledger.clock });
  return {
    routes(app, port) {
      const prefix = port === undefined ? `/${dialect.name}` : undefined;
      const context: HttpContext = {
        service,
        shared: ledger,
        isFollowing,
        streamBase: (request) => streamBase(request, settings, prefix),
      };
      validTransactionRoutes(app, context);
      if (port === `${dialect.name}-stream-port`) return validTransactionPortRoutes(app);
      const { access } = ledger;
      routerOf({ access, chain: service.chain.name, prefix }, [
        ...sharedRoutes(context),
        ...parts.routes(service),
      ]).mount(app);
    },
    start: () => service.start(),
    startCopy: () => service.startCopy(),
    stop: () => service.stop(),
    handsOver: true,
    accounts: () => knownKeys((key) => unspentOf(service.chain, key)),
    pay: (payment) => giveAsset(service, parts.assets, payment),
    rejection: ({ method, url }, { message, code = "DoubleSpend" }) =>
      method === "POST" && new URL(url).pathname.endsWith("/transactions")
        ? BIGCHAINDB_WORDS.failure(400, `Invalid transaction (${code}): ${message}`, code)
        : undefined,
    words: BIGCHAINDB_WORDS,
    exposedHeaders: "retry-after",
  };
}

/** What follows a node. */
function followNode(dialect: Dialect, node: NodeApi, context: FollowContext): FollowedRemote {
  const { hasTextSearch } = settingValues(dialect.name, context.settings);
  const keeper = new BlockKeeper(dialect, context.log, hasTextSearch);
  return followedBy(new BlockDialect(dialect, node, keeper, context), keeper, context);
}

/**
 * The streams' address for a client's roots: the host of `request` at the streams' own port; on the
 * main port, or where the streams' port is not known, at the port of `request`.
 */
function streamBase(
  request: Request,
  { streamUrl, streamPort }: LedgerSettings,
  prefix: string | undefined,
): string {
  if (streamUrl !== undefined) return streamUrl;
  const { protocol, host, hostname } = new URL(request.url);
  const scheme = protocol === "https:" ? "wss" : "ws";
  const hasOwnPort = prefix === undefined && streamPort !== undefined && streamPort !== 0;
  return hasOwnPort
    ? `${scheme}://${hostname}:${streamPort}`
    : `${scheme}://${host}${prefix ?? ""}`;
}
