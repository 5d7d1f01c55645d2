/**
 * Who may do what, for every route and every socket: the one table that the server is held to. A
 * route that is not here fails the test.
 *
 * | word | who is let in |
 * |---|---|
 * | `open` | everybody |
 * | `counts` | everybody, but for a key that is none |
 * | `key` | whoever has a key; what is shown or done depends on it |
 * | `read`, `append`, `admin` | a key with that scope, or `admin`, on the chain |
 * | `token` | whoever has been given a token for it: no key is one |
 */
export type Policy = "open" | "counts" | "key" | "read" | "append" | "admin" | "token";

/** What a route needs as it is, and as a WebSocket handshake where it is one's address. */
export interface RoutePolicy {
  readonly http: Policy;
  readonly socket?: Policy;
}

type Table = Readonly<Record<string, Policy | readonly [http: Policy, socket: Policy]>>;

/** What tells of the API of a port. */
const DOCUMENTS: Table = {
  "GET /openapi.json": "open",
  "GET /asyncapi.json": "open",
  "GET /docs": "open",
};

const BIGCHAINDB: Table = {
  ...DOCUMENTS,
  "GET /": "open",
  "GET /api/v1": "open",
  "GET /api/v1/blocks": "read",
  "GET /api/v1/blocks/:height": "read",
  "GET /api/v1/outputs": "read",
  "GET /api/v1/transactions": "read",
  "GET /api/v1/transactions/:id": "read",
  "GET /api/v1/validators": "read",
  "POST /api/v1/transactions": "append",
  "GET /api/v1/streams/valid_transactions": ["open", "read"],
  "GET /api/v1/streams/valid_blocks": ["open", "read"],
  "GET /api/v1/streams/rejected_transactions": ["open", "read"],
};

/** By ledger, or `main`: method and path inside of it, without a slash at the end. */
const POLICIES: Readonly<Record<string, Table>> = {
  main: {
    ...DOCUMENTS,
    "GET /": "open",
    "GET /version": "open",
    "GET /livez": "open",
    "GET /readyz": "open",
    "GET /health": "open",
    "GET /metrics": "counts",
    "GET /v1/all": ["key", "key"],
    "GET /v1/schemas": "open",
    "GET /v1/schemas/:type": "open",
    "GET /v1/keys": "admin",
    "POST /v1/keys": "admin",
    "DELETE /v1/keys/:id": "admin",
    "GET /v1/chains": "key",
    "GET /v1/connections": "admin",
    "DELETE /v1/connections/:id": "admin",
    "GET /v1/subscriptions": "admin",
    "POST /v1/subscriptions/:id/retry": "admin",
    "POST /v1/subscriptions/:id/pause": "admin",
    "POST /v1/subscriptions/:id/resume": "admin",
    "GET /v1/server": "key",
    "GET /v1/stats": "key",
    "GET /v1/chains/:chain": "read",
    "GET /v1/chains/:chain/events": "read",
    "GET /v1/chains/:chain/export": "read",
    "GET /v1/chains/:chain/records": "read",
    "GET /v1/records": "key",
    "POST /v1/chains/:chain/verify": "admin",
    "POST /v1/chains/:chain/rebuild": "admin",
    "GET /v1/backup": "admin",
    "POST /v1/chains/import": "admin",
    "GET /v1/settings": "admin",
    "GET /v1/log": "admin",
  },
  hierachain: {
    "GET /": "open",
    "GET /health": "open",
    "GET /api/ledger/health": "open",
    "GET /api/business/health": "open",
    "GET /api/admin/status": "open",
    "GET /api/admin/authority": "open",
    "POST /api/admin/verify-identity": "admin",
    "GET /api/ledger/network/ping/:target_id": "key",
    "GET /api/ledger/chains": "key",
    "GET /api/ledger/entities/:entity_id/trace": "key",
    "POST /api/ledger/chains/:chain_name/create": "append",
    "GET /api/ledger/chains/:chain_name/stats": "read",
    "POST /api/ledger/chains/:chain_name/submit-proof": "append",
    "POST /api/ledger/chains/:chain_name/events": "append",
    "POST /api/ledger/chains/:chain_name/events/batch": "append",
    "GET /api/ledger/chains/:chain_name/events/:event": "read",
    "GET /api/ledger/chains/:chain_name/events/:event/proof": "read",
    "GET /api/ledger/chains/:chain_name/blocks": "read",
    "GET /api/ledger/chains/:chain_name/blocks/:index_or_hash": "read",
    "GET /api/ledger/chains/:chain_name/blocks/:index_or_hash/events/:event/proof": "read",
    "POST /api/admin/chains/:chain_name/secure-events": "append",
    "POST /api/business/organizations": "append",
    "GET /api/business/organizations/:org_id": "read",
    "POST /api/business/channels": "append",
    "GET /api/business/channels/:channel_id": "read",
    "POST /api/business/channels/:channel_id/private-collections": "append",
    "POST /api/business/private-data": "append",
    "POST /api/business/contracts": "append",
    "POST /api/business/contracts/execute": "append",
    "POST /graphql": "key",
    ...DOCUMENTS,
    "GET /redoc": "open",
    "GET /ws": ["open", "key"],
    "GET /ws/:chain_name": ["open", "read"],
    "GET /ws/status": "open",
  },
  hathor: {
    ...DOCUMENTS,
    "GET /block_at_height": "read",
    "POST /create_tx": "read",
    "GET /dashboard_tx": "read",
    "GET /decode_tx": "read",
    "GET /event": "read",
    "GET /feature": "read",
    "GET /get_block_template": "read",
    "GET /getmininginfo": "read",
    "GET /graphviz/full.dot": "read",
    "GET /graphviz/full.jpg": "read",
    "GET /graphviz/full.pdf": "read",
    "GET /graphviz/full.png": "read",
    "GET /graphviz/neighbours.dot": "read",
    "GET /graphviz/neighbours.jpg": "read",
    "GET /graphviz/neighbours.pdf": "read",
    "GET /graphviz/neighbours.png": "read",
    "GET /health": "open",
    "GET /mempool": "read",
    "GET /miners": "admin",
    "GET /nano_contract/blueprint/builtin": "read",
    "GET /nano_contract/blueprint/info": "read",
    "GET /nano_contract/blueprint/on_chain": "read",
    "GET /nano_contract/blueprint/source": "read",
    "GET /nano_contract/creation": "read",
    "GET /nano_contract/dry_run": "read",
    "GET /nano_contract/history": "read",
    "GET /nano_contract/logs": "read",
    "GET /nano_contract/state": "read",
    "GET /p2p/netfilter": "read",
    "POST /p2p/netfilter": "admin",
    "DELETE /p2p/netfilter": "admin",
    "POST /p2p/peers": "admin",
    "GET /p2p/readiness": "open",
    "POST /profiler": "admin",
    "GET /push_tx": "append",
    "POST /push_tx": "append",
    "GET /status": "read",
    "POST /submit_block": "append",
    "GET /thin_wallet/address_balance": "read",
    "GET /thin_wallet/address_history": "read",
    "POST /thin_wallet/address_history": "read",
    "GET /thin_wallet/address_search": "read",
    "POST /thin_wallet/send_tokens": "append",
    "GET /thin_wallet/token": "read",
    "GET /thin_wallet/token_history": "read",
    "GET /top": "read",
    "POST /top": "admin",
    "GET /transaction": "read",
    "GET /transaction_acc_weight": "read",
    "GET /tx_parents": "read",
    "GET /utxo_search": "read",
    "GET /v2/nano_contract/state": "read",
    "GET /v2/thin_wallet/address_balance": "read",
    "GET /v2/thin_wallet/token": "read",
    "GET /v2/utxo_search": "read",
    "POST /v2/create_tx": "read",
    "GET /v2/wallet/balance": "read",
    "POST /v2/wallet/send_tokens": "admin",
    "GET /validate_address/:address": "read",
    "GET /version": "open",
    "GET /wallet/address": "append",
    "GET /wallet/balance": "read",
    "GET /wallet/nano-contract/decode": "read",
    "POST /wallet/nano-contract/execute": "append",
    "POST /wallet/nano-contract/match-value": "append",
    "PUT /wallet/nano-contract/match-value": "append",
    "GET /wallet/history": "read",
    "POST /wallet/lock": "admin",
    "POST /wallet/send_tokens": "admin",
    "GET /wallet/sign_tx": "admin",
    "GET /wallet/state": "read",
    "POST /wallet/unlock": "admin",
    "GET /websocket_stats": "read",
    "GET /tx-mining/health": "open",
    "GET /tx-mining/health-check": "open",
    "GET /tx-mining/job-status": "read",
    "GET /tx-mining/mining-status": "read",
    "POST /tx-mining/submit-job": "append",
    "POST /tx-mining/cancel-job": "append",
    "GET /ws": ["open", "read"],
    "GET /event_ws": ["open", "read"],
    "GET /mining_ws": ["open", "read"],
    "GET /mining": ["read", "read"],
    "POST /mining": "append",
    "GET /v1/deposits": "key",
    "GET /v1/deposits/:id": "read",
    "PUT /v1/deposits/:id": "append",
    "DELETE /v1/deposits/:id": "append",
    "POST /v1/deposits/:id/addresses": "append",
  },
  bigchaindb: {
    ...BIGCHAINDB,
    "GET /api/v1/assets": "read",
    "GET /api/v1/metadata": "read",
  },
  planetmint: {
    ...BIGCHAINDB,
    "GET /api/v1/assets/:cid": "read",
    "GET /api/v1/metadata/:cid": "read",
    "GET /api/v1/blocks/latest": "read",
  },
  streams: {
    ...DOCUMENTS,
    "GET /v1/all": ["key", "key"],
    "GET /:stream": ["read", "read"],
    "HEAD /:stream": "read",
    "PUT /:stream": "append",
    "POST /:stream": "append",
    "DELETE /:stream": "append",
    "GET /__ds/jwks.json": "open",
    "GET /__ds/subscriptions/:id": "read",
    "PUT /__ds/subscriptions/:id": "append",
    "DELETE /__ds/subscriptions/:id": "append",
    "POST /__ds/subscriptions/:id/streams": "append",
    "DELETE /__ds/subscriptions/:id/streams/:part": "append",
    "POST /__ds/subscriptions/:id/claim": "append",
    "POST /__ds/subscriptions/:id/ack": "token",
    "POST /__ds/subscriptions/:id/callback": "token",
    "POST /__ds/subscriptions/:id/release": "token",
  },
};

/** What a route needs; undefined where nobody has said. */
export function policyOf(ledger: string, method: string, path: string): RoutePolicy | undefined {
  const said = POLICIES[ledger]?.[`${method} ${path}`];
  if (said === undefined) return undefined;
  return typeof said === "string" ? { http: said } : { http: said[0], socket: said[1] };
}

/** Every entry of the table, as `ledger method path`. */
export function policyNames(): string[] {
  return Object.entries(POLICIES)
    .flatMap(([ledger, table]) => Object.keys(table).map((route) => `${ledger} ${route}`));
}

/** Routes that take every path: what they answer where no other does is no more than 404 or 405. */
export const CATCH_ALL: ReadonlySet<string> = new Set([
  "main /hierachain/*",
  "main /hathor/*",
  "main /bigchaindb/*",
  "main /planetmint/*",
  "main /v1/stream/*",
  "main /v1/stream/__ds/*",
  "hierachain-port /*",
  "hathor-port /*",
  "bigchaindb-port /*",
  "bigchaindb-stream-port /*",
  "planetmint-port /*",
  "planetmint-stream-port /*",
  "streams-port /v1/stream/*",
  "streams-port /v1/stream/__ds/*",
]);
