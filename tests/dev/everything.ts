import { z } from "zod";
import type { Ledgerline } from "../../src/dev/start.ts";
import { Prng } from "../support/prng.ts";
import { until } from "../support/until.ts";

/** What traffic has left behind, by which it can be asked for. */
export class Made {
  readonly hathor: string[] = [];
  readonly tokens: string[] = [];
  readonly bigchaindb: string[] = [];
  readonly planetmint: string[] = [];
  readonly chains: string[] = [];
  readonly streams: string[] = [];
}

const idAnswer = z.object({ id: z.string() });
const accountsAnswer = z.record(
  z.string(),
  z.object({ accounts: z.array(z.object({ address: z.string() })) }),
);

/** Addresses of a ledger's accounts. */
export async function addressesOf(node: Ledgerline, ledger: string): Promise<string[]> {
  const all = accountsAnswer.parse(await node.dev("accounts"));
  return (all[ledger]?.accounts ?? []).map(({ address }) => address);
}

const JSON_BODY = { "content-type": "application/json" };

/** Something done to one of the ledgers, as often as asked. */
export async function traffic(
  node: Ledgerline,
  made: Made,
  { seed, steps }: { readonly seed: number; readonly steps: number },
): Promise<void> {
  const random = new Prng(seed);
  const [hathor, keys] = await Promise.all([
    addressesOf(node, "hathor"),
    addressesOf(node, "bigchaindb"),
  ]);
  const some = <T>(list: readonly T[]): T | undefined => list[random.below(list.length)];
  const pay = async (more: object) => idAnswer.parse(await node.dev("faucet", more)).id;
  const post = async (url: string, body: unknown, method = "POST", headers: HeadersInit = {}) => {
    const response = await fetch(url, {
      method,
      headers: { ...JSON_BODY, ...headers },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.status;
  };
  const stream = (name: string) => `${node.url}/v1/stream/${name}`;
  const actions: (() => Promise<unknown>)[] = [
    async () => {
      const address = some(hathor.slice(2));
      made.hathor.push(await pay({ address, amount: 1 + random.below(5_000) }));
    },
    async () => {
      const token = random.chance(0.5) ? some(made.tokens) : undefined;
      const address = some(hathor.slice(2));
      const name = { name: `Coin ${random.below(99)}`, symbol: "CN" };
      // One of which the beginning was spent twice is no token.
      const id = await pay({ address, amount: 10, token: token ?? name }).catch(() => undefined);
      if (id === undefined) return;
      made.hathor.push(id);
      if (token === undefined) made.tokens.push(id);
    },
    () => node.dev("mine", { blocks: 1 + random.below(3) }),
    () => node.dev("reorg", { depth: 1 }).catch(() => {}),
    () => node.dev("double-spend", { id: made.hathor.at(-1) ?? "" }).catch(() => {}),
    async () => {
      const data = { word: `word${random.below(9)} shared`, n: random.below(99) };
      const address = some(keys);
      made.bigchaindb.push(await pay({ ledger: "bigchaindb", address, amount: 3, data }));
    },
    async () => {
      const data = `cid${random.below(9)}`;
      made.planetmint.push(await pay({ ledger: "planetmint", address: some(keys), data }));
    },
    async () => {
      const name = `c${random.below(4)}`;
      const chain = `${node.urls.hierachain}/api/ledger/chains/${name}`;
      await post(`${chain}/create`, {});
      for (let at = 0; at < 3; at++) {
        const event = { entity_id: `E-${random.below(3)}`, event_type: "made", details: { at } };
        await post(`${chain}/events`, event);
      }
      if (!made.chains.includes(name)) made.chains.push(name);
    },
    async () => {
      const name = `s${random.below(4)}`;
      await post(stream(name), [seed], "PUT");
      await post(stream(name), [random.below(1_000), random.below(1_000)]);
      if (!made.streams.includes(name)) made.streams.push(name);
    },
    async () => {
      const from = some(made.streams);
      const name = `f${random.below(4)}`;
      if (from === undefined) return;
      await post(stream(name), [], "PUT", { "stream-forked-from": `/v1/stream/${from}` });
      await post(stream(name), [random.below(1_000)]);
      if (!made.streams.includes(name)) made.streams.push(name);
    },
    async () => {
      const name = some(made.streams);
      if (name === undefined || !random.chance(0.3)) return;
      await (await fetch(stream(name), { method: "DELETE" })).body?.cancel();
    },
  ];
  for (let step = 0; step < steps; step++) await some(actions)?.();
}

/** What is of a life alone: epochs, and what tells streams and their offsets from others. */
function withoutLives(text: string): string {
  return text
    .replace(/"epoch":"[0-9a-f]{16}"/g, '"epoch":"…"')
    .replace(/\b(\d{16})_[0-9a-f]{16}\b/g, "$1_…")
    .replace(/"stream_id":"[^"]*"/g, '"stream_id":"…"');
}

/** What every route that reads answers about what was made, but for what is of a life alone. */
export async function everyAnswer(
  node: Ledgerline,
  made: Made,
): Promise<Record<string, string>> {
  const urls: string[] = [];
  const { hathor, bigchaindb, planetmint, hierachain } = node.urls;
  const [addresses, keys] = await Promise.all([
    addressesOf(node, "hathor"),
    addressesOf(node, "bigchaindb"),
  ]);
  const of = (origin: string | undefined, paths: readonly string[]) =>
    urls.push(...paths.map((path) => `${origin}${path}`));
  of(`${hathor}/v1a`, [
    "/status",
    "/version",
    "/getmininginfo",
    "/get_block_template",
    "/tx_parents",
    "/mempool",
    "/transaction?type=block&count=5",
    "/transaction?type=tx&count=15",
    "/dashboard_tx?block=5&tx=5",
    "/event?size=100",
    "/thin_wallet/token",
    "/feature",
    ...[0, 1, 2, 5, 9].map((height) =>
      `/block_at_height?height=${height}&include_transactions=full`
    ),
    ...made.tokens.flatMap((id) => [
      `/thin_wallet/token?id=${id}`,
      `/thin_wallet/token_history?id=${id}&count=10`,
    ]),
    ...made.hathor.flatMap((id) => [
      `/transaction?id=${id}`,
      `/transaction_acc_weight?id=${id}`,
    ]),
    ...addresses.flatMap((address) => [
      `/thin_wallet/address_balance?address=${address}`,
      `/thin_wallet/address_history?addresses[]=${address}`,
      `/thin_wallet/address_search?address=${address}&count=10`,
      `/utxo_search?address=${address}&token_uid=00&target_amount=1000000`,
      ...made.tokens.map((id) =>
        `/utxo_search?address=${address}&token_uid=${id}&target_amount=1000`
      ),
    ]),
  ]);
  for (
    const [origin, ids] of [[bigchaindb, made.bigchaindb], [planetmint, made.planetmint]] as const
  ) {
    of(`${origin}/api/v1`, [
      "/",
      "/validators",
      ...[1, 2, 5].map((height) => `/blocks/${height}`),
      ...keys.flatMap((
        key,
      ) => [`/outputs?public_key=${key}`, `/outputs?public_key=${key}&spent=true`]),
      ...ids.flatMap((id) => [
        `/transactions/${id}`,
        `/transactions?asset_id=${id}`,
        `/blocks?transaction_id=${id}`,
      ]),
    ]);
  }
  of(`${bigchaindb}/api/v1`, [
    ...["shared", "word1 word2", '"word3 shared"', "word4"].map((search) =>
      `/assets?search=${encodeURIComponent(search)}`
    ),
  ]);
  of(`${planetmint}/api/v1`, ["/blocks/latest", "/assets/cid1", "/assets/cid2"]);
  of(hierachain, [
    "/api/ledger/chains",
    ...["main_chain", ...made.chains].flatMap((name) => [
      `/api/ledger/chains/${name}/stats`,
      `/api/ledger/chains/${name}/blocks`,
      `/api/ledger/chains/${name}/events`,
    ]),
    ...["E-0", "E-1", "E-2"].map((id) => `/api/ledger/entities/${id}/trace`),
  ]);
  of(node.url, [
    "/v1/chains?prefix=h",
    "/v1/chains?prefix=b",
    "/v1/chains?prefix=p",
    ...made.streams.map((name) => `/v1/stream/${name}?offset=-1`),
    "/v1/stream/hathor/privatenet?offset=-1",
    "/v1/stream/bigchaindb/chain?offset=-1",
  ]);
  const answers = urls.map(async (url) => {
    // Where a machine is busy a store may not answer in time: whoever is told so asks again.
    const answer = await until(`an answer from ${url}`, async () => {
      const response = await fetch(url);
      const text = await response.text();
      return response.status !== 503 && `${response.status} ${text}`;
    });
    return [url, withoutLives(answer)] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}
