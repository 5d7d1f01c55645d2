import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import type { Call, Route } from "../http/app.ts";
import { BadRequest, naturalNumber, truth } from "../http/arguments.ts";
import { bodyBy, bodyIfAny } from "../http/json_body.ts";
import { noSuchResource } from "../http/responses.ts";
import { WalletFigures } from "../sockets/admin/wallet_figures.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import { ownHistory } from "./own_history.ts";
import { anyFailure, noResource, type RouteAsks, successWith, toldOf } from "../http/told.ts";
import { vertexForm } from "../json/answer_forms.ts";
import { paymentOf, paymentSchema } from "./payment.ts";
import { sendTokens, type WalletContext } from "./send_tokens.ts";
import { signTransaction } from "./sign_tx.ts";
import type { OpenWallet, SpendingWallet } from "./spending_wallet.ts";

/** More is no passphrase, and no twenty-four words. */
const LONGEST_SECRET = 1_000;

const secret = z.string().max(LONGEST_SECRET);
const unlockSchema = z.object({ words: secret.nullish(), passphrase: secret });

const HISTORY = z.object({
  page: naturalNumber().transform(Number),
  count: naturalNumber().transform(Number).refine((count) => count !== 0, "zero not accepted"),
});

const ADDRESS = z.object({ new: truth("true for one that was not told before") });

const SIGNING = z.object({ hex_tx: z.string(), prepare_to_send: truth("true to have it mined") });

/**
 * The routes of the node's own wallet. On a node that has none they are not there, as in the
 * original; whoever may spend from it, or lock it, may administer the chain.
 */
export function nodeWalletRoutes(
  context: WalletContext,
  wallet: SpendingWallet | undefined,
): Route[] {
  const { queries } = context;
  const figures = new WalletFigures(queries);
  type Answer = (call: Call, wallet: SpendingWallet) => PyJson | Promise<PyJson>;
  const there = (answer: Answer) => async (call: Call) =>
    wallet === undefined ? noSuchResource() : await answer(call, wallet);
  const opened = (answer: (call: Call, open: OpenWallet) => Promise<PyJson>) =>
    there((call, { open }) => {
      if (open === undefined) throw new BadRequest("The wallet is locked");
      return answer(call, open);
    });
  return [
    {
      path: "/wallet/balance",
      told: { GET: toldOfBalance },
      GET: opened(async (_call, { addresses }) => ({
        success: true,
        balance: await figures.balance(await addresses.all(), HTR_UID),
      })),
    },
    {
      path: "/wallet/history",
      told: { GET: toldOfHistory },
      GET: opened(async ({ args }, { addresses }) => {
        const { page, count } = args.read(HISTORY);
        const history = await ownHistory(queries, addresses);
        const from = (page - 1) * count;
        return {
          history: history.slice(Math.max(0, from), Math.max(0, from + count)),
          total_pages: Math.ceil(history.length / count),
        };
      }),
    },
    {
      path: "/wallet/address",
      told: { GET: toldOfAddress },
      GET: opened(async ({ args }, { addresses }) => {
        if (args.read(ADDRESS).new) await addresses.unused({ isMarked: true });
        return { address: await addresses.unused({ isMarked: false }) };
      }),
      getScope: "append",
    },
    {
      path: "/wallet/send_tokens",
      told: { POST: toldOfPayment },
      POST: there(async ({ text }, own) => {
        const payment = paymentOf(queries.network, bodyIfAny(await text()));
        const { open } = own;
        if (open === undefined) throw new BadRequest("The wallet is locked");
        return await sendTokens(context, own, open, payment);
      }),
      postScope: "admin",
    },
    {
      path: "/wallet/sign_tx",
      told: { GET: toldOfSigning },
      GET: opened(({ args }, open) => {
        const { hex_tx: hex, prepare_to_send: isPrepared } = args.read(SIGNING);
        return signTransaction(context, open, { hex, isPrepared });
      }),
      getScope: "admin",
    },
    {
      path: "/wallet/state",
      told: { GET: toldOfState },
      GET: there((_call, { open }) => ({ is_locked: open === undefined, type: "hd" })),
    },
    {
      path: "/wallet/lock",
      told: { POST: toldOfLock },
      POST: there((_call, own) => {
        own.lock();
        return { success: true };
      }),
      postScope: "admin",
    },
    {
      path: "/wallet/unlock",
      told: { POST: toldOfUnlock },
      POST: there(async ({ text }, own) => unlocked(own, bodyIfAny(await text()))),
      postScope: "admin",
    },
  ];
}

/** A route that is not there on a node without a wallet. */
function toldOfOwn(does: string, answer: () => z.ZodType, asked: () => RouteAsks = () => ({})) {
  return toldOf(does, answer, () => {
    const { more, ...others } = asked();
    return { ...others, more: { 404: noResource, ...more } };
  });
}

const toldOfBalance = toldOfOwn("What the node's wallet has", () =>
  successWith({
    balance: z.object({ locked: z.number(), available: z.number() }),
  }));

const toldOfHistory = toldOfOwn("What it got and spent", () =>
  z.object({
    history: z.array(z.looseObject({})),
    total_pages: z.number(),
  }), () => ({ query: HISTORY }));

const toldOfAddress = toldOfOwn(
  "An address of it",
  () => z.object({ address: z.string() }),
  () => ({ query: ADDRESS }),
);

const toldOfPayment = toldOfOwn("Pays from it", () =>
  z.object({
    success: z.boolean(),
    message: z.string(),
    tx: vertexForm().optional(),
  }), () => ({ body: paymentSchema, more: { 400: anyFailure() } }));

const toldOfSigning = toldOfOwn(
  "Signs what of a transaction is its own",
  () => successWith({ hex_tx: z.string() }),
  () => ({ query: SIGNING }),
);

const toldOfState = toldOfOwn(
  "Whether it is locked",
  () => z.object({ is_locked: z.boolean(), type: z.string() }),
);

const toldOfLock = toldOfOwn("Locks it", successWith);

const toldOfUnlock = toldOfOwn("Unlocks it", successWith, () => ({
  body: unlockSchema,
  more: { 400: anyFailure() },
}));

/** A wallet is of its own words alone: others are wrong, and none are made up. */
function unlocked(wallet: SpendingWallet, body: PyJson | undefined): PyJson {
  const keyPair = bodyBy(z.object({ password: z.unknown() }), body);
  if (keyPair.success && keyPair.data.password !== undefined) {
    return { message: "Invalid password", success: false };
  }
  const given = bodyBy(unlockSchema, body);
  if (!given.success) throw new BadRequest("Missing parameter: passphrase", 400);
  const { words, passphrase } = given.data;
  const isOwn = typeof words === "string" && wallet.unlock({ words, passphrase });
  return isOwn ? { success: true } : { success: false, message: "Invalid words" };
}
