import type { Context, Hono, Next } from "hono";
import { z } from "zod";
import { requireAdmin } from "../server/admin/authorize.ts";
import type { Extended } from "../server/extension.ts";
import { described, noOperation } from "../web/described.ts";
import type { Ledger, RequestEnv } from "../web/ledger.ts";
import type { Shape } from "../web/operation.ts";
import { problem } from "../web/problem.ts";
import { respondJson } from "../web/whole_response.ts";
import type { DevClock } from "./clock.ts";
import { faultRequest, type Faults } from "./faults.ts";
import { pastRoutes } from "./past_routes.ts";
import type { DevTasks } from "./shared.ts";
import { devTold, postRoute } from "./route.ts";

/** Years of which every ledger has times. */
const [FIRST_TIME, LAST_TIME] = [Date.UTC(1971, 0, 1), Date.UTC(2100, 0, 1)];

/** Blocks of one request. */
const MOST_BLOCKS = 1_000;

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const clockRequest = z.strictObject({
  /** What time it is, in ISO 8601 with its zone. */
  set: time.optional(),
  /** Milliseconds that it is put forward, after that. */
  advanceMs: z.int().min(0).max(LAST_TIME).default(0),
  /** Whether it stands still from then on. */
  isFrozen: z.boolean().optional(),
});

const mineRequest = z.strictObject({
  ledger: z.string().max(100).default("hathor"),
  blocks: z.int().min(1).max(MOST_BLOCKS).default(1),
});

const miningRequest = z.strictObject({
  ledger: z.string().max(100).default("hathor"),
  /** When something waits for a block, never, or every so many seconds. */
  pace: z.union([z.literal(["auto", "off"]), z.number().min(0.1).max(999_999)]),
});

const faucetRequest = z.strictObject({
  ledger: z.string().max(100).default("hathor"),
  address: z.string().max(200),
  /** In the ledger's smallest unit. */
  amount: z.int().min(1).default(1),
  /** A token's uid, or what one is called that is made for it. */
  token: z.union([
    z.string().max(200),
    z.strictObject({ name: z.string().max(100), symbol: z.string().max(100) }),
  ]).optional(),
  /** What the asset is. */
  data: z.json().optional(),
});

const reorganisation = z.strictObject({
  ledger: z.string().max(100).default("hathor"),
  /** How many blocks are replaced. */
  depth: z.int().min(1).max(1_000).default(1),
});

const doubleSpendRequest = z.strictObject({
  ledger: z.string().max(100).default("hathor"),
  /** The transaction that loses. */
  id: z.string().max(200),
});

/** When blocks are mined: when something waits, never, or every so many milliseconds. */
export type MiningPace = "auto" | "off" | number;

/** What the routes work on. */
export interface DevContext extends Extended {
  readonly clock: DevClock;
  readonly faults: Faults;
  readonly cut: DevTasks["cut"];
  /** How ledgers mine that were told so, also when they are made anew. */
  readonly paces: Map<string, MiningPace>;
  /** Whether the mode was asked for by name, so that it may be there beside keys. */
  readonly isAsked: boolean;
}

/** Where all routes of the mode are. */
export const DEV_PATHS = "/v1/dev/*";

/** `/v1/dev/`: what a developer tells a server to do. */
export function devRoutes(app: Hono<RequestEnv>, context: DevContext): void {
  const { ledgers, cut, clock, faults, paces } = context;

  /** Answers by what a ledger can do; `lacks` is what is told of one that cannot. */
  const by = async <A extends "mine" | "setPace" | "pay" | "reorganise" | "doubleSpend">(
    name: string,
    ability: A,
    lacks: string,
    act: (does: NonNullable<Ledger[A]>) => object | Promise<object>,
  ): Promise<Response> => {
    const does = ledgers.find(({ definition }) => definition.name === name)?.ledger[ability];
    if (does === undefined) return problem(404, "not_found", `No ledger of that name ${lacks}`);
    try {
      return respondJson(await act(does));
    } catch (error) {
      // What a ledger cannot do is told in its words.
      if (!(error instanceof RangeError)) throw error;
      return problem(422, "request_invalid", error.message);
    }
  };

  app.use(
    DEV_PATHS,
    noOperation(async ({ req, env }: Context<RequestEnv>, next: Next) => {
      const refused = guard(context, req.raw, env.remoteAddress);
      if (refused === undefined) await next();
      return refused;
    }),
  );
  app.get(
    "/v1/dev/accounts",
    described(devTold("Accounts that everybody knows, by ledger", accountsSchema), async () => {
      const known = ledgers.map(async ({ definition, ledger }) =>
        [definition.name, await ledger.accounts?.()] as const
      );
      return respondJson(Object.fromEntries(await Promise.all(known)));
    }),
  );
  app.get(
    "/v1/dev/clock",
    described(devTold("What time it is", clockSchema), () => respondJson(shown(clock))),
  );
  postRoute(app, "/v1/dev/clock", {
    does: "Sets the clock",
    takes: clockRequest,
    answer: clockSchema,
    act: ({ set, advanceMs, isFrozen }) => {
      const to = (set ?? clock.now()) + advanceMs;
      if (to < FIRST_TIME || to > LAST_TIME) {
        return problem(422, "request_invalid", "The clock has times from 1971 to 2100");
      }
      if (set !== undefined || advanceMs > 0) clock.set(to);
      if (isFrozen === true) clock.freeze();
      if (isFrozen === false) clock.thaw();
      return respondJson(shown(clock));
    },
  });
  app.get(
    "/v1/dev/faults",
    described(
      devTold("Faults that wait to happen", faultsSchema),
      () => respondJson({ faults: faults.waiting }),
    ),
  );
  postRoute(app, "/v1/dev/faults", {
    does: "Has a fault happen",
    takes: faultRequest,
    answer: faultsSchema,
    act: (fault) =>
      faults.add(fault)
        ? respondJson({ faults: faults.waiting })
        : problem(409, "too_many_faults", "Too many faults wait already"),
  });
  app.delete(
    "/v1/dev/faults",
    described(devTold("Forgets the faults that wait", faultsSchema), () => {
      faults.clear();
      return respondJson({ faults: [] });
    }),
  );
  app.post(
    "/v1/dev/cut",
    described(
      devTold("Cuts all sockets", () => z.object({ connections: z.int() })),
      async () => {
        const broken = await cut();
        return respondJson({ connections: broken.reduce((sum, count) => sum + count, 0) });
      },
    ),
  );
  postRoute(app, "/v1/dev/mine", {
    does: "Mines blocks",
    takes: mineRequest,
    answer: () => z.object({ blocks: z.array(z.string()) }),
    act: ({ ledger, blocks }) =>
      by(ledger, "mine", "is mined", async (mine) => ({ blocks: await mine(blocks) })),
  });
  postRoute(app, "/v1/dev/mining", {
    does: "Says when blocks are mined",
    takes: miningRequest,
    answer: () => miningRequest.pick({ pace: true }),
    act: ({ ledger, pace }) =>
      by(ledger, "setPace", "mines by itself", (setPace) => {
        const every: MiningPace = typeof pace === "number" ? Math.ceil(pace * 1_000) : pace;
        paces.set(ledger, every);
        setPace(every);
        return { pace };
      }),
  });
  pastRoutes(app, context);
  postRoute(app, "/v1/dev/faucet", {
    does: "Pays to an address, or makes an asset for a key",
    takes: faucetRequest,
    answer: idSchema,
    act: ({ ledger, amount, ...payment }) =>
      by(ledger, "pay", "has a faucet", async (pay) => ({
        id: await pay({ ...payment, amount: BigInt(amount) }),
      })),
  });
  postRoute(app, "/v1/dev/reorg", {
    does: "Replaces the last blocks by others",
    takes: reorganisation,
    answer: () => z.object({ replaced: z.array(z.string()), blocks: z.array(z.string()) }),
    act: ({ ledger, depth }) =>
      by(ledger, "reorganise", "has blocks that others can replace", (does) => does(depth)),
  });
  postRoute(app, "/v1/dev/double-spend", {
    does: "Has a transaction lose to another that spends the same",
    takes: doubleSpendRequest,
    answer: idSchema,
    act: ({ ledger, id }) =>
      by(ledger, "doubleSpend", "lets a double spend in", async (spend) => ({
        id: await spend(id),
      })),
  });
}

function accountsSchema(): Shape {
  return z.record(
    z.string(),
    z.looseObject({ words: z.string(), accounts: z.array(z.looseObject({})) }),
  );
}

function clockSchema(): Shape {
  return z.object({ now: z.iso.datetime(), isFrozen: z.boolean() });
}

function faultsSchema(): Shape {
  return z.object({ faults: z.array(z.looseObject({})) });
}

function idSchema(): Shape {
  return z.object({ id: z.string() });
}

/** The answer to whoever may not use the mode. */
function guard(context: DevContext, request: Request, remoteAddress: string): Response | undefined {
  const { admin, isAsked } = context;
  if (admin.access.isRequired) {
    if (isAsked) return requireAdmin(admin, { request, remoteAddress });
    return problem(403, "forbidden", "With keys there is a developer mode only with --dev=on");
  }
  return isAsked ? undefined : requireAdmin(admin, { request, remoteAddress });
}

function shown(clock: DevClock) {
  return { now: new Date(clock.now()).toISOString(), isFrozen: clock.isFrozen };
}
