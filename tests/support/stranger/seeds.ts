import bigchaindb from "../../vectors/bigchaindb.json" with { type: "json" };
import hathor from "../../vectors/hathor_http.json" with { type: "json" };
import business from "../../vectors/hierachain_business.json" with { type: "json" };
import graphql from "../../vectors/hierachain_graphql.json" with { type: "json" };
import hierachain from "../../vectors/hierachain_requests.json" with { type: "json" };
import secure from "../../vectors/hierachain_secure.json" with { type: "json" };
import planetmint from "../../vectors/planetmint.json" with { type: "json" };
import type { WireRequest } from "./wire.ts";

const JSON_TYPE: readonly [string, string] = ["content-type", "application/json"];

export function get(path: string): WireRequest {
  return { method: "GET", path, headers: [], body: "" };
}

export function post(path: string, body: unknown, method = "POST"): WireRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body) ?? "";
  return { method, path, headers: [JSON_TYPE], body: text };
}

/** Something that is in the ledgers once {@linkcode PREPARATION} has been sent. */
const ADDRESS = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";
const VERTEX = "039906854ce6309b3180945f2a23deb9edff369753f7082e19053f5ac11bfbae";
const [CREATE] = bigchaindb.vectors;
const TRANSACTION = String(CREATE?.tx.id ?? "");
const PLANETMINT_TRANSACTION = String(planetmint.vectors[0]?.tx.id ?? "");
const OWNER = bigchaindb.keys.alice.public_key_base58;
const EVENT = { entity_id: "E", event_type: "t", details: { n: 1, text: "é", list: [1, [2]] } };
const SUBSCRIPTION = { type: "pull-wake", pattern: "w/**", streams: ["s"], wake_stream: "wakes" };
const LEASE = {
  wake_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  generation: 1,
  acks: [{ stream: "s", offset: "0000000000000000_0000000000000000" }],
  done: true,
};

/** Requests that give everything else something to find. */
export const PREPARATION: readonly WireRequest[] = [
  post("/hierachain/api/ledger/chains/c/create", ""),
  ...Array.from({ length: 5 }, () => post("/hierachain/api/ledger/chains/c/events", EVENT)),
  post("/v1/stream/s", "[1,2]", "PUT"),
  { ...post("/v1/stream/text", "abc", "PUT"), headers: [["content-type", "text/plain"]] },
  // Those of the sockets are not among the ones that requests delete.
  post("/v1/stream/sockets/s", "[1,2]", "PUT"),
  { ...post("/v1/stream/sockets/text", "abc", "PUT"), headers: [["content-type", "text/plain"]] },
  post("/v1/stream/__ds/subscriptions/x", SUBSCRIPTION, "PUT"),
  post("/bigchaindb/api/v1/transactions?mode=commit", CREATE?.tx),
  post("/planetmint/api/v1/transactions?mode=commit", planetmint.vectors[0]?.tx),
];

const ADMIN: readonly WireRequest[] = [
  get("/"),
  get("/livez"),
  get("/readyz"),
  get("/health"),
  get("/metrics"),
  get("/version"),
  get("/openapi.json"),
  get("/asyncapi.json"),
  get("/docs"),
  get("/v1/all?chain=streams/**&chain=hierachain/c&offset=-1&type=event&key=E"),
  get("/v1/all?since=2026-01-01T00:00:00Z&format=cloudevents&window=3"),
  get("/v1/schemas"),
  get("/v1/schemas/envelope"),
  get("/v1/chains?prefix=streams/"),
  get("/v1/chains/streams%2Fs/events?from=0&limit=2&type=data&key=k&backward=true"),
  get("/v1/chains/hierachain%2Fc/events?from=2026-01-01T00:00:00Z"),
  get("/v1/chains/streams%2Fs/export"),
  get("/v1/records?chain=streams/**&chain=hierachain/c"),
  get("/v1/chains/streams%2Fs/records?epoch=e&from=0"),
  post("/v1/chains/streams%2Fs/verify", ""),
  post("/v1/chains/streams%2Fs/rebuild", ""),
  post("/v1/chains/import", '{"chain":"imported/x","epoch":"e","next":1}\n{"offset":0}\n'),
  get("/v1/backup"),
  get("/v1/chains/streams%2Fs"),
  get("/v1/connections?sort=rate&limit=10&ledger=streams&chain=streams%2Fs"),
  post("/v1/connections/0123ab-1c", "", "DELETE"),
  get("/v1/subscriptions"),
  post("/v1/subscriptions/w/retry", ""),
  post("/v1/subscriptions/w/pause", ""),
  post("/v1/subscriptions/w/resume", ""),
  get("/v1/server"),
  get("/v1/stats?seconds=10"),
  get("/v1/settings"),
  get("/v1/log"),
  get("/v1/keys"),
  post("/v1/keys", { name: "n", scopes: ["read"], chains: ["streams/*"] }),
  post("/v1/keys", { name: "n", expiresAt: "2099-01-01T00:00:00Z" }),
  post("/v1/keys/01ARZ3NDEKTSV4RRFFQ69G5FAV", "", "DELETE"),
];

const LEDGER = "/hierachain/api/ledger";

/** A request as it was recorded of the original. */
function recorded({ ask, body }: { readonly ask: string; readonly body?: string }): WireRequest {
  const [method = "", path = ""] = ask.split(" ");
  return body === undefined
    ? { ...get(`/hierachain${path}`), method }
    : post(`/hierachain${path}`, body, method);
}

const HIERACHAIN: readonly WireRequest[] = [
  get("/hierachain/"),
  get("/hierachain/health"),
  get(`${LEDGER}/health`),
  get("/hierachain/api/business/health"),
  get("/hierachain/api/admin/status"),
  get("/hierachain/api/admin/authority"),
  post("/hierachain/api/admin/verify-identity", {}),
  get(`${LEDGER}/network/ping/1`),
  get(`${LEDGER}/chains`),
  post(`${LEDGER}/chains/new_chain/create`, {}),
  get(`${LEDGER}/chains/c/stats`),
  post(`${LEDGER}/chains/c/submit-proof`, {}),
  get(`${LEDGER}/chains/c/blocks?limit=2&offset=1`),
  get(`${LEDGER}/chains/c/blocks/0`),
  get(`${LEDGER}/chains/c/blocks/latest`),
  get(`${LEDGER}/chains/c/blocks/0/events/0/proof`),
  get(`${LEDGER}/chains/c/events/1`),
  get(`${LEDGER}/chains/c/events/1/proof`),
  get(`${LEDGER}/entities/E/trace?chain_name=c&limit=3`),
  post(`${LEDGER}/chains/c/events/batch`, [EVENT, EVENT]),
  ...hierachain.cases.map(({ body }) => post(`${LEDGER}/chains/c/events`, body)),
  ...[...business.cases, ...graphql.cases].map(recorded),
  ...secure.cases.slice(0, 20).map(({ body }) =>
    post("/hierachain/api/admin/chains/c/secure-events", body)
  ),
  post("/hierachain/graphql", { query: '{blocks(chainName:"c"){index events{details}}}' }),
  post("/hierachain/graphql", { query: '{events(chainName:"c",entityId:"E"){details}}' }),
  get("/hierachain/docs"),
  get("/hierachain/redoc"),
  get("/hierachain/openapi.json"),
  get("/hierachain/ws/status"),
  get("/hierachain/ws"),
];

const STREAM = "/v1/stream";
const STREAMS: readonly WireRequest[] = [
  post(`${STREAM}/new`, "[]", "PUT"),
  { ...post(`${STREAM}/n/ttl`, "1", "PUT"), headers: [JSON_TYPE, ["stream-ttl", "60"]] },
  {
    ...post(`${STREAM}/fork`, "", "PUT"),
    headers: [JSON_TYPE, ["stream-forked-from", `${STREAM}/s`], [
      "stream-fork-offset",
      "0000000000000000_0000000000000000",
    ]],
  },
  post(`${STREAM}/s`, '[{"a":1},[2],"x"]'),
  {
    ...post(`${STREAM}/s`, "3"),
    headers: [JSON_TYPE, ["producer-id", "p"], ["producer-epoch", "0"], ["producer-seq", "0"]],
  },
  { ...post(`${STREAM}/s`, "3"), headers: [JSON_TYPE, ["stream-seq", "0001"]] },
  { ...post(`${STREAM}/text`, "é\u0000"), headers: [["content-type", "text/plain"]] },
  { ...post(`${STREAM}/new`, ""), headers: [JSON_TYPE, ["stream-closed", "true"]] },
  get(`${STREAM}/s?offset=-1`),
  get(`${STREAM}/s?offset=now&live=long-poll&cursor=1`),
  get(`${STREAM}/s?offset=-1&live=sse`),
  get(`${STREAM}/text?offset=-1&live=sse`),
  get(`${STREAM}/s?offset=-1&live=ws&window=2&type=a&key=b`),
  get(`${STREAM}/hierachain/c?offset=-1`),
  { ...get(`${STREAM}/s`), method: "HEAD" },
  { ...get(`${STREAM}/s`), method: "OPTIONS" },
  post(`${STREAM}/new`, "", "DELETE"),
  get(`${STREAM}/__ds/jwks.json`),
  post(`${STREAM}/__ds/subscriptions/x`, SUBSCRIPTION, "PUT"),
  post(`${STREAM}/__ds/subscriptions/y`, {
    type: "webhook",
    pattern: "/s*/**",
    webhook: { url: "http://127.0.0.1:9/x" },
    lease_ttl_ms: 1_000,
    description: "d",
  }, "PUT"),
  get(`${STREAM}/__ds/subscriptions/x`),
  post(`${STREAM}/__ds/subscriptions/x/streams`, { streams: ["s", "text"] }),
  post(`${STREAM}/__ds/subscriptions/x/streams/s`, "", "DELETE"),
  post(`${STREAM}/__ds/subscriptions/x/claim`, { worker: "w" }),
  post(`${STREAM}/__ds/subscriptions/x/ack`, LEASE),
  post(`${STREAM}/__ds/subscriptions/x/callback`, LEASE),
  post(`${STREAM}/__ds/subscriptions/x/release`, LEASE),
  post(`${STREAM}/__ds/subscriptions/y`, "", "DELETE"),
];

/** The requests that the servers of BigchainDB and Planetmint share, and each one's own. */
function transactions(base: string, id: string, all: readonly unknown[]): WireRequest[] {
  return [
    get(`${base}/`),
    get(`${base}/api/v1`),
    get(`${base}/api/v1/transactions/${id}`),
    get(`${base}/api/v1/transactions?asset_id=${id}&operation=CREATE&last_tx=true`),
    get(`${base}/api/v1/transactions?asset_ids=${id}&operation=CREATE&last_tx=true`),
    get(`${base}/api/v1/outputs?public_key=${OWNER}&spent=false`),
    get(`${base}/api/v1/validators`),
    get(`${base}/api/v1/assets?search=bicycle%20blue&text_score=true&limit=3`),
    get(`${base}/api/v1/metadata?search=bicycle&text_score=true&limit=3`),
    get(`${base}/api/v1/assets/QmXyZ?limit=2`),
    get(`${base}/api/v1/metadata/QmXyZ?limit=2`),
    get(`${base}/api/v1/blocks?transaction_id=${id}`),
    get(`${base}/api/v1/blocks/1`),
    get(`${base}/api/v1/blocks/latest`),
    ...["async", "sync", "commit"].flatMap((mode) =>
      all.map((transaction) => post(`${base}/api/v1/transactions?mode=${mode}`, transaction))
    ),
  ];
}

const HATHOR: readonly WireRequest[] = hathor.steps.flatMap((step) => {
  if (step.request === undefined) {
    return [post("/hathor/v1a/submit_block", { hexdata: step.block })];
  }
  const [method = "", path = ""] = step.request.split(" ");
  const at = `/hathor/v1a/${path}`;
  return [method === "GET" ? get(at) : post(at, step.body)];
});

const MORE_HATHOR: readonly WireRequest[] = [
  get("/hathor/v1a/tx_parents"),
  get(`/hathor/v1a/graphviz/neighbours.dot?tx=${VERTEX}&graph_type=verification&max_level=2`),
  get("/hathor/v1a/graphviz/full.dot?format=dot&verification=true&funds=true"),
  get(
    "/hathor/v1a/thin_wallet/address_search?address=" + ADDRESS + "&count=2&page=next&hash=" +
      VERTEX,
  ),
  ...["full", "neighbours"].flatMap((name) =>
    ["pdf", "png", "jpg"].map((format) =>
      get(`/hathor/v1a/graphviz/${name}.${format}?tx=${VERTEX}&graph_type=funds&max_level=1`)
    )
  ),
  post("/hathor/v1a/thin_wallet/address_history", { addresses: [ADDRESS], paginate: true }),
  get("/hathor/v1a/push_tx?hex_tx=000100"),
  get("/hathor/v1a/mining"),
  post("/hathor/v1a/mining", { block_bytes: "AAAB" }),
  post("/hathor/tx-mining/submit-job", { tx: "000100", propagate: false, timeout: 1 }),
  get("/hathor/tx-mining/job-status?job-id=x"),
  post("/hathor/tx-mining/cancel-job", { "job-id": "x" }),
  get("/hathor/tx-mining/mining-status"),
  get("/hathor/tx-mining/health"),
  get("/hathor/tx-mining/health-check"),
  get(`/hathor/v1a/transaction?type=tx&count=2&page=next&timestamp=1795308424&hash=${VERTEX}`),
  post("/hathor/v1a/push_tx", { hex_tx: "00", force: true }),
  get("/hathor/v1a/validate_address/x"),
  ...["state", "creation", "logs", "blueprint/info", "blueprint/source", "history"].map((what) =>
    get(`/hathor/v1a/nano_contract/${what}?id=${VERTEX}`)
  ),
  get("/hathor/v1a/nano_contract/blueprint/builtin?count=10&search=x"),
  get(`/hathor/v1a/nano_contract/blueprint/on_chain?count=10&order=asc&after=${VERTEX}`),
  get(`/hathor/v1a/nano_contract/dry_run?tx_hash=${VERTEX}&include_changes=true`),
  get(`/hathor/v2/nano_contract/state?id=${VERTEX}`),
];

/** Something to pay, as routes that make transactions are told it. */
const PAYMENT = {
  outputs: [{ address: ADDRESS, value: 100 }],
  inputs: [{ tx_id: VERTEX, index: 0 }],
};
const MATCH_VALUE = { values: [], fallback_address: ADDRESS, hex_tx: "000100", new_values: [] };
const RULE = {
  chain: { name: "post_peerid" },
  match: { type: "AllowAll" },
  target: { type: "Reject" },
};

/** What makes and sends transactions, and what a node tells of its peers and profilers. */
const SENDING: readonly WireRequest[] = [
  ...["v1a", "v2"].flatMap((version) => [
    post(`/hathor/${version}/create_tx`, PAYMENT),
    get(`/hathor/${version}/wallet/balance`),
    post(`/hathor/${version}/wallet/send_tokens`, { data: PAYMENT }),
  ]),
  get(`/hathor/v2/thin_wallet/address_balance?address=${ADDRESS}`),
  get("/hathor/v2/thin_wallet/token?id=00"),
  get(`/hathor/v2/utxo_search?token_uid=00&address=${ADDRESS}&target_amount=1`),
  post("/hathor/v1a/thin_wallet/send_tokens", { tx_hex: "000100" }),
  get("/hathor/v1a/wallet/history?page=1&count=2"),
  get("/hathor/v1a/wallet/address?new=false"),
  get("/hathor/v1a/wallet/sign_tx?hex_tx=000100&prepare_to_send=false"),
  post("/hathor/v1a/wallet/nano-contract/match-value", MATCH_VALUE),
  post("/hathor/v1a/wallet/nano-contract/match-value", MATCH_VALUE, "PUT"),
  get("/hathor/v1a/wallet/nano-contract/decode?hex_tx=000100"),
  post("/hathor/v1a/wallet/nano-contract/execute", { spent_tx_id: VERTEX, value: 1 }),
  get("/hathor/v1a/wallet/state"),
  post("/hathor/v1a/wallet/lock", ""),
  post("/hathor/v1a/wallet/unlock", { words: "", passphrase: "" }),
  post("/hathor/v1a/p2p/peers", ["tcp://127.0.0.1:40403"]),
  get("/hathor/v1a/p2p/netfilter?chain=post_peerid"),
  post("/hathor/v1a/p2p/netfilter", RULE),
  post("/hathor/v1a/p2p/netfilter", { chain: "post_peerid", rule_uuid: "x" }, "DELETE"),
  post("/hathor/v1a/profiler", { start: true }),
  get("/hathor/v1a/top"),
  post("/hathor/v1a/top", "start"),
];

/** Subscriptions to payments. */
const DEPOSITS: readonly WireRequest[] = [
  post("/hathor/v1/deposits/d", { addresses: [ADDRESS], confirmations: 2 }, "PUT"),
  post("/hathor/v1/deposits/t", { tokens: ["00"], from: "earliest", description: "d" }, "PUT"),
  get("/hathor/v1/deposits"),
  get("/hathor/v1/deposits/d"),
  post("/hathor/v1/deposits/d/addresses", { addresses: [ADDRESS] }),
  post("/hathor/v1/deposits/d/addresses", { addresses: ["x"] }),
  post("/hathor/v1/deposits/t", "", "DELETE"),
];

/** A request of each route, those of recorded clients, and with some more of their parameters. */
export const REQUESTS: Readonly<Record<string, readonly WireRequest[]>> = {
  admin: ADMIN,
  hierachain: HIERACHAIN,
  streams: STREAMS,
  bigchaindb: transactions(
    "/bigchaindb",
    TRANSACTION,
    bigchaindb.vectors.map(({ tx }) => tx),
  ),
  planetmint: transactions(
    "/planetmint",
    PLANETMINT_TRANSACTION,
    planetmint.vectors.map(({ tx }) => tx),
  ),
  hathor: [...HATHOR, ...MORE_HATHOR, ...SENDING, ...DEPOSITS],
};
