import type { Context, Hono, Next } from "hono";
import { z } from "zod";
import { requireAdmin } from "../server/admin/authorize.ts";
import { readJsonRequest } from "../server/admin/json_request.ts";
import type { Extended } from "../server/extension.ts";
import { described, noOperation } from "../web/described.ts";
import { inJson, jsonBody, type Shape, type Tells } from "../web/operation.ts";
import type { RequestEnv } from "../web/ledger.ts";
import { problem, problemForm } from "../web/problem.ts";
import { respondJson } from "../web/whole_response.ts";
import type { DevClock } from "./clock.ts";
import { faultRequest, type Faults } from "./faults.ts";

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
  amount: z.int().min(1),
});

/** What the routes work on. */
export interface DevContext extends Extended {
  readonly clock: DevClock;
  readonly faults: Faults;
  /** Whether the mode was asked for by name, so that it may be there beside keys. */
  readonly isAsked: boolean;
}

/** `/v1/dev/`: what a developer tells a server to do. */
export function devRoutes(app: Hono<RequestEnv>, context: DevContext): void {
  const { ledgers, sockets, clock, faults } = context;

  app.use(
    "/v1/dev/*",
    noOperation(async ({ req, env }: Context<RequestEnv>, next: Next) => {
      const refused = guard(context, req.raw, env.remoteAddress);
      if (refused === undefined) await next();
      return refused;
    }),
  );
  app.get(
    "/v1/dev/accounts",
    described(told("Accounts that everybody knows, by ledger", accountsSchema), async () => {
      const known = ledgers.map(async ({ definition, ledger }) =>
        [definition.name, await ledger.accounts?.()] as const
      );
      return respondJson(Object.fromEntries(await Promise.all(known)));
    }),
  );
  app.get(
    "/v1/dev/clock",
    described(told("What time it is", clockSchema), () => respondJson(shown(clock))),
  );
  app.post(
    "/v1/dev/clock",
    described(told("Sets the clock", clockSchema, clockRequest), async ({ req }) => {
      const asked = await bodyOf(req.raw, clockRequest);
      if (asked instanceof Response) return asked;
      const { set, advanceMs, isFrozen } = asked;
      const to = (set ?? clock.now()) + advanceMs;
      if (to < FIRST_TIME || to > LAST_TIME) {
        return problem(422, "request_invalid", "The clock has times from 1971 to 2100");
      }
      if (set !== undefined || advanceMs > 0) clock.set(to);
      if (isFrozen === true) clock.freeze();
      if (isFrozen === false) clock.thaw();
      return respondJson(shown(clock));
    }),
  );
  app.get(
    "/v1/dev/faults",
    described(
      told("Faults that wait to happen", faultsSchema),
      () => respondJson({ faults: faults.waiting }),
    ),
  );
  app.post(
    "/v1/dev/faults",
    described(told("Has a fault happen", faultsSchema, faultRequest), async ({ req }) => {
      const fault = await bodyOf(req.raw, faultRequest);
      if (fault instanceof Response) return fault;
      if (!faults.add(fault)) {
        return problem(409, "too_many_faults", "Too many faults wait already");
      }
      return respondJson({ faults: faults.waiting });
    }),
  );
  app.delete(
    "/v1/dev/faults",
    described(told("Forgets the faults that wait", faultsSchema), () => {
      faults.clear();
      return respondJson({ faults: [] });
    }),
  );
  app.post(
    "/v1/dev/cut",
    described(
      told("Cuts all sockets", () => z.object({ connections: z.int() })),
      () => respondJson({ connections: sockets.interrupt() }),
    ),
  );
  app.post(
    "/v1/dev/mine",
    described(
      told("Mines blocks", () => z.object({ blocks: z.array(z.string()) }), mineRequest),
      async ({ req }) => {
        const asked = await bodyOf(req.raw, mineRequest);
        if (asked instanceof Response) return asked;
        const found = ledgers.find(({ definition }) => definition.name === asked.ledger);
        const mine = found?.ledger.mine;
        if (mine === undefined) return problem(404, "not_found", "No ledger of that name is mined");
        try {
          return respondJson({ blocks: await mine(asked.blocks) });
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return problem(409, "not_mined", error.message);
        }
      },
    ),
  );
  app.post(
    "/v1/dev/mining",
    described(
      told("Says when blocks are mined", () => miningRequest.pick({ pace: true }), miningRequest),
      async ({ req }) => {
        const asked = await bodyOf(req.raw, miningRequest);
        if (asked instanceof Response) return asked;
        const { ledger: name, pace } = asked;
        const ledger = ledgers.find(({ definition }) => definition.name === name)?.ledger;
        if (ledger?.setPace === undefined) {
          return problem(404, "not_found", "No ledger of that name mines by itself");
        }
        ledger.setPace(typeof pace === "number" ? Math.ceil(pace * 1_000) : pace);
        return respondJson({ pace });
      },
    ),
  );
  app.post(
    "/v1/dev/faucet",
    described(
      told("Pays an amount to an address", () => z.object({ id: z.string() }), faucetRequest),
      async ({ req }) => {
        const asked = await bodyOf(req.raw, faucetRequest);
        if (asked instanceof Response) return asked;
        const { ledger: name, address, amount } = asked;
        const pay = ledgers.find(({ definition }) => definition.name === name)?.ledger.pay;
        if (pay === undefined) {
          return problem(404, "not_found", "No ledger of that name has a faucet");
        }
        try {
          return respondJson({ id: await pay(address, BigInt(amount)) });
        } catch (error) {
          if (!(error instanceof RangeError)) {
            throw error;
          }
          return problem(422, "request_invalid", error.message);
        }
      },
    ),
  );
}

/** What a route does; `answer` is what is well, and `body` what it takes, which may be left out. */
function told(does: string, answer: () => Shape, body?: Shape): Tells {
  return () => ({
    does,
    ...body && { body: jsonBody(body), isBodyOptional: true },
    answers: {
      200: inJson(answer()),
      ...body && { 400: problemForm(), 404: problemForm(), 409: problemForm(), 422: problemForm() },
    },
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

/** As {@linkcode readJsonRequest}; an empty body stands for `{}`. */
function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T | Response> {
  return readJsonRequest(request, schema, {});
}
