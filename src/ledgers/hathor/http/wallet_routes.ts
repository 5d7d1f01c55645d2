import { z } from "zod";
import { readHex } from "../../../python/hex.ts";
import { Pace } from "../../../kernel/turn.ts";
import { type PyJson, pyObject } from "../../../python/json.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import {
  authoritiesOf,
  balancesOf,
  findToken,
  listTokens,
  newestTransactions,
} from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { tokenHistory } from "../rows/rows.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import {
  addressHistory,
  addressHistoryForm,
  assertAddress,
  HISTORY,
  historyArguments,
  historyBody,
  historyBodySchema,
} from "./address_history.ts";
import { addressSearch, SEARCH } from "./address_search.ts";
import type { Route } from "./app.ts";
import { bodyIfAny } from "./json_body.ts";
import { BadRequest, countOf, type RequestArguments, tokenUidOf } from "./arguments.ts";
import { tokenNames } from "./details.ts";
import { jsonAnswer } from "./responses.ts";
import { hashForm } from "../json/answer_forms.ts";
import { anyFailure, successWith, toldOf } from "./told.ts";
import { listPlace, page, pageForm, PLACE_QUERY } from "./transaction_routes.ts";
import { UTXOS, utxoSearch } from "./utxo_search.ts";

/** Vertices that one answer lists of an address or a token. */
const MOST_LISTED = 15;
const MOST_TOKENS = 200;
/** Authorities that are shown of a token. */
const MOST_AUTHORITIES = 20;

const BALANCE = z.object({ address: z.string() });

const HEX = /^(?:\s*[\da-fA-F]{2})*\s*$/;
const hex = z.string().regex(HEX, "Invalid token id").transform(readHex);

const TOKEN = z.object({
  id: hex.transform(tokenUidOf).pipe(z.string("Invalid token id format")).optional(),
});

const TOKEN_HISTORY = z.object({
  id: hex.transform((bytes) => bytes.length === HASH_SIZE ? bytes.toHex() : undefined)
    .pipe(z.string("Invalid token id")),
  count: countOf(MOST_LISTED),
});

/** What wallets and explorers ask of addresses and tokens. */
export function walletRoutes(queries: NodeQueries): Route[] {
  return [
    {
      path: "/thin_wallet/address_history",
      told: {
        GET: toldOf("The history of addresses", addressHistoryForm, () => ({
          query: HISTORY,
          more: { 400: anyFailure() },
        })),
        POST: toldOf("The history of addresses", addressHistoryForm, () => ({
          body: historyBodySchema,
          more: { 400: anyFailure() },
        })),
      },
      GET: ({ args }) => addressHistory(queries, historyArguments(args)),
      POST: async ({ text }) => await addressHistory(queries, historyBody(bodyIfAny(await text()))),
      postScope: "read",
    },
    {
      path: "/thin_wallet/address_balance",
      told: { GET: toldOfBalance },
      GET: ({ args }) => balance(queries, args),
    },
    {
      path: "/thin_wallet/address_search",
      told: { GET: toldOfSearch },
      GET: ({ args }) => addressSearch(queries, args),
    },
    {
      path: "/thin_wallet/token",
      told: { GET: toldOfToken },
      GET: ({ args }) => {
        const { id } = args.read(TOKEN);
        return id === undefined ? tokenList(queries) : token(queries, id);
      },
    },
    {
      path: "/thin_wallet/token_history",
      told: { GET: toldOfTokenHistory },
      async GET({ args }) {
        const { id, count } = args.read(TOKEN_HISTORY);
        const place = listPlace(args);
        const found = await newestTransactions(
          queries.chain,
          tokenHistory(id),
          count + 1,
          place,
        );
        return { success: true, ...await page(queries, found, count, place) };
      },
    },
    {
      path: "/utxo_search",
      told: { GET: toldOfUtxos },
      GET: ({ args }) => utxoSearch(queries, args),
    },
    {
      path: "/validate_address/:address",
      told: { GET: toldOfValidation },
      GET: ({ part }) => validated(queries, part("address")),
    },
  ];
}

const toldOfBalance = toldOf("What an address has, token by token", () => {
  const amount = z.object({
    received: z.number(),
    spent: z.number(),
    name: z.string(),
    symbol: z.string(),
  });
  return successWith({
    total_transactions: z.number(),
    tokens_data: z.record(z.string(), amount),
    has_shielded: z.boolean(),
  });
}, () => ({ query: BALANCE }));

const toldOfSearch = toldOf(
  "Vertices of an address, the newest first",
  () => successWith({ ...pageForm(), total: z.number(), has_shielded: z.boolean() }),
  () => ({ query: SEARCH }),
);

const toldOfToken = toldOf("Shows a token, or lists them", () => {
  const names = { name: z.string(), symbol: z.string(), version: z.int() };
  const authorities = z.array(z.object({ tx_id: hashForm, index: z.int() }));
  return z.union([
    successWith({
      ...names,
      mint: authorities,
      melt: authorities,
      can_mint: z.boolean(),
      can_melt: z.boolean(),
      total: z.number(),
      transactions_count: z.number(),
    }),
    successWith({
      tokens: z.array(z.object({ uid: hashForm, ...names })),
      truncated: z.boolean(),
    }),
  ]);
}, () => ({ query: TOKEN }));

const toldOfTokenHistory = toldOf(
  "Transactions of a token, the newest first",
  () => successWith(pageForm()),
  () => ({ query: TOKEN_HISTORY.extend(PLACE_QUERY) }),
);

const toldOfUtxos = toldOf("Outputs that an amount can be paid with", () => {
  const lock = z.number().nullable();
  const utxo = z.object({
    txid: hashForm,
    index: z.int(),
    amount: z.number(),
    timelock: lock,
    heightlock: lock,
  });
  return successWith({ utxos: z.array(utxo) });
}, () => ({
  query: UTXOS,
}));

const toldOfValidation = toldOf("Says whether an address is one", () =>
  z.union([
    z.object({
      valid: z.literal(true),
      script: z.string(),
      address: z.string(),
      type: z.enum(["p2pkh", "multisig"]),
    }),
    z.object({ valid: z.literal(false), error: z.string(), msg: z.string() }),
  ]));

async function balance(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const { address } = args.read(BALANCE);
  assertAddress(queries, address, "Invalid 'address' parameter");
  const turns = Pace.ofSteps();
  const tokens: [string, PyJson][] = [];
  for (const { token, received, spent } of await balancesOf(queries.chain, address)) {
    const { name, symbol } = await tokenNames(queries, token);
    tokens.push([token, { received, spent, name, symbol }]);
    if (turns.isDue) await turns.give();
  }
  return {
    success: true,
    total_transactions: await queries.addressLength(address),
    tokens_data: pyObject(tokens),
    has_shielded: false,
  };
}

async function token(queries: NodeQueries, asked: string): Promise<PyJson> {
  const known = await findToken(queries.chain, asked);
  if (known === undefined) throw new BadRequest("Unknown token");
  const { uid, name, symbol, version, total, transactions, contracts } = known;
  const places = async (kind: "mint" | "melt"): Promise<PyJson[]> =>
    (await authoritiesOf(queries.chain, kind, uid, MOST_AUTHORITIES))
      .map(({ hash, index }) => ({ tx_id: hash, index }));
  const mint = await places("mint");
  const melt = await places("melt");
  return {
    name,
    symbol,
    version,
    success: true,
    mint,
    melt,
    can_mint: mint.length > 0 || contracts.mayMint,
    can_melt: melt.length > 0 || contracts.mayMelt,
    total,
    transactions_count: transactions,
  };
}

async function tokenList(queries: NodeQueries): Promise<PyJson> {
  const known = (await listTokens(queries.chain, MOST_TOKENS + 2)).filter(({ uid }) =>
    uid !== HTR_UID
  );
  const tokens = known.slice(0, MOST_TOKENS)
    .map(({ uid, name, symbol, version }) => ({ uid, name, symbol, version }));
  return { success: true, tokens, truncated: known.length > MOST_TOKENS };
}

function validated({ network }: NodeQueries, address: string): PyJson | Response {
  const invalid = (msg: string) => jsonAnswer({ valid: false, error: "invalid_address", msg });
  try {
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script === undefined) return invalid("The address is not valid");
    const type = decodeAddress(address)[0] === network.p2pkhVersionByte ? "p2pkh" : "multisig";
    return { valid: true, script: script.toBase64(), address, type };
  } catch (error) {
    if (error instanceof AddressError) return invalid(error.message);
    throw error;
  }
}
