import { hear } from "./talk.ts";

/** Names and ids of what is in a store, as its maker learned them. */
export interface Known {
  readonly hathor: Readonly<Record<string, string>>;
  readonly bigchaindb: Readonly<Record<string, string>>;
  readonly planetmint: Readonly<Record<string, string>>;
}

/** What is asked over HTTP of the main port, in every store. */
export function questions({ hathor, bigchaindb, planetmint }: Known): string[] {
  const node = "/hathor/v1a";
  const chains = "/hierachain/api/ledger";
  const ledger = (name: string, ids: Readonly<Record<string, string>>) => [
    ...["one", "two", "three"].map((id) => `/${name}/api/v1/transactions/${ids[id]}`),
    ...["alice", "bob"].map((who) => `/${name}/api/v1/outputs?public_key=${ids[who]}`),
    `/${name}/api/v1/outputs?public_key=${ids.alice}&spent=false`,
    `/${name}/api/v1/transactions?${name === "bigchaindb" ? "asset_id" : "asset_ids"}=${ids.one}`,
    ...[1, 2, 3, 4, 5].map((height) => `/${name}/api/v1/blocks/${height}`),
    `/${name}/api/v1/blocks/latest`,
    `/${name}/api/v1/validators`,
  ];
  return [
    ...[0, 1, 2, 3, 4, 5].map((height) => `${node}/block_at_height?height=${height}`),
    ...["pay", "twice", "token"].map((id) => `${node}/transaction?id=${hathor[id]}`),
    `${node}/transaction_acc_weight?id=${hathor.pay}`,
    ...["one", "two", "owner"].flatMap((who) => [
      `${node}/thin_wallet/address_balance?address=${hathor[who]}`,
      `${node}/thin_wallet/address_search?address=${hathor[who]}&count=10`,
      `${node}/thin_wallet/address_history?addresses[]=${hathor[who]}`,
      `${node}/utxo_search?address=${hathor[who]}&token_uid=00&target_amount=1`,
    ]),
    `${node}/thin_wallet/token?id=${hathor.token}`,
    `${node}/thin_wallet/token?id=00`,
    `${node}/thin_wallet/token_history?id=${hathor.token}&count=10`,
    `${node}/mempool`,
    `${node}/dashboard_tx?block=6&tx=6`,
    `${chains}/chains`,
    ...["supply", "parts", "main_chain"].flatMap((chain) => [
      `${chains}/chains/${chain}/stats`,
      `${chains}/chains/${chain}/blocks`,
      `${chains}/chains/${chain}/blocks/1`,
      `${chains}/chains/${chain}/events/2`,
    ]),
    `${chains}/chains/supply/events/3/proof`,
    `${chains}/entities/E-3/trace?chain_name=supply`,
    ...ledger("bigchaindb", bigchaindb),
    "/bigchaindb/api/v1/assets?search=bicycle",
    `/bigchaindb/api/v1/transactions/${bigchaindb.election}`,
    ...ledger("planetmint", planetmint),
    "/v1/stream/numbers?offset=-1",
    "/v1/stream/notes?offset=-1",
    "/v1/stream/produced?offset=-1",
    "/v1/stream/ended?offset=-1",
    "/v1/stream/long?offset=-1",
    "/v1/stream/brief?offset=-1",
    "/v1/stream/gone?offset=-1",
    "/v1/stream/__ds/subscriptions/worker",
    "/v1/keys",
  ];
}

/** What sockets tell of a store from its beginning on, up to what was in it when it was made. */
export async function heard(
  origin: string,
  counts: Readonly<Record<string, number>>,
): Promise<Record<string, readonly string[]>> {
  const upTo = (name: string, isCounted: (message: string) => boolean = () => true) => {
    const wanted = counts[name] ?? 1;
    return (messages: readonly string[]) => messages.filter(isCounted).length >= wanted;
  };
  const all: Record<string, readonly string[]> = {};
  const isEvent = (message: string) => message.includes('"offset"');
  const chain = { action: "subscribe", chain_name: "supply", from: "earliest" };
  const messages = await hear(origin, "/hierachain/ws", [chain], upTo("hierachain", isEvent));
  all.hierachain = messages.filter(isEvent).slice(0, counts.hierachain);
  const isNode = (message: string) =>
    message.startsWith('{"type":"EVENT"') ||
    message.includes('"type": "EVENT"');
  const start = { type: "START_STREAM", last_ack_event_id: null, window_size: 1_000 };
  const node = await hear(origin, "/hathor/v1a/event_ws", [start], upTo("hathor", isNode));
  all.hathor = node.filter(isNode).slice(0, counts.hathor).map(withoutLatest);
  for (const name of ["bigchaindb", "planetmint"]) {
    const path = `/${name}/api/v1/streams/valid_transactions?from_height=1`;
    all[name] = (await hear(origin, path, [], upTo(name))).slice(0, counts[name]);
  }
  const streamed = await hear(origin, "/v1/stream/numbers?offset=-1", [], upTo("streams"));
  all.streams = streamed.slice(0, counts.streams);
  return all;
}

/** Which event is the latest is another question each time the node has begun again. */
function withoutLatest(message: string): string {
  return message.replace(/"latest_event_id": ?\d+/, '"latest_event_id":0');
}
