import { z } from "zod";
import type { DescribedRoute } from "../../web/described.ts";
import {
  type Answer,
  inJson,
  jsonBody,
  NO_BODY,
  type RouteOperation,
  type Shape,
  type Tells,
} from "../../web/operation.ts";
import { problemForm } from "../../web/problem.ts";
import { claimBody, creationBody, membershipBody, releaseBody, reportBody } from "./config.ts";

/* What the control routes take and answer (PROTOCOL.md, section 6). */

/** The routes below `__ds`. */
export function* controlOperations(): Generator<DescribedRoute> {
  const told: readonly (readonly [method: string, path: string, told: Tells])[] = [
    ["GET", "/jwks.json", keys],
    ["PUT", SUBSCRIPTION, creating],
    ["GET", SUBSCRIPTION, showing],
    ["DELETE", SUBSCRIPTION, () => acting("Ends a subscription", EMPTY_ANSWER)],
    [
      "POST",
      `${SUBSCRIPTION}/streams`,
      () => acting("Links streams", EMPTY_ANSWER, membershipBody),
    ],
    ["DELETE", `${SUBSCRIPTION}/streams/:part`, () => acting("Ends a link", EMPTY_ANSWER)],
    ["POST", `${SUBSCRIPTION}/claim`, claiming],
    ["POST", `${SUBSCRIPTION}/ack`, () => reporting("Acknowledges what a worker has done")],
    ["POST", `${SUBSCRIPTION}/callback`, () => reporting("Acknowledges what a webhook has done")],
    [
      "POST",
      `${SUBSCRIPTION}/release`,
      () => acting("Gives a wake back", EMPTY_ANSWER, releaseBody),
    ],
  ];
  for (const [method, path, does] of told) yield { method, path, told: does };
}

const SUBSCRIPTION = "/subscriptions/:id";

const EMPTY_ANSWER = { 204: NO_BODY };

/** An operation that a key has to cover, or the token of a wake. */
function acting(does: string, answers: RouteOperation["answers"], body?: Shape): RouteOperation {
  return { does, ...body && { body: jsonBody(body) }, answers: { ...refusals(), ...answers } };
}

/** How control routes say no; a key that does not cover something is a problem. */
function refusals(): Record<number, Answer> {
  const error = z.looseObject({ code: z.string(), message: z.string() });
  const refusal = inJson(z.object({ error }));
  return {
    ...Object.fromEntries([400, 404, 409, 413].map((status) => [status, refusal])),
    // The key is refused, or the token of a wake.
    401: { content: { ...problemForm().content, ...refusal.content } },
  };
}

function wakeToken() {
  return z.string().describe("What an ack shows as Authorization: Bearer");
}

function told() {
  return z.array(z.looseObject({ path: z.string() }));
}

function subscription() {
  const text = z.string().nullable();
  return z.object({
    id: z.string(),
    subscription_id: z.string(),
    type: creationBody.shape.type,
    pattern: text,
    streams: z.array(z.object({
      path: z.string(),
      link_type: z.string(),
      acked_offset: z.string(),
    })),
    streams_after: z.string().optional(),
    webhook: z.object({
      url: z.string(),
      signing: z.object({ alg: z.string(), kid: z.string(), jwks_url: z.string() }),
    }).nullable(),
    wake_stream: text,
    lease_ttl_ms: z.int(),
    created_at: z.iso.datetime(),
    status: z.enum(["active", "failed"]),
    description: text,
  });
}

const keys: Tells = () => ({
  does: "The public keys of webhooks' signatures",
  isOpen: true,
  answers: {
    200: {
      content: { "application/jwk-set+json": z.object({ keys: z.array(z.looseObject({})) }) },
    },
  },
});

const creating: Tells = () => ({
  ...acting("Creates a subscription", {
    200: inJson(subscription()),
    201: inJson(subscription()),
  }, creationBody),
  webhook: {
    name: "wake",
    does: "Tells a webhook that there is news of streams",
    at: "/webhook/url",
    headers: z.object({ "webhook-signature": z.string() }),
    body: z.object({
      subscription_id: z.string(),
      wake_id: z.string(),
      generation: z.int(),
      streams: told(),
      callback_url: z.string(),
      callback_token: wakeToken(),
    }).loose(),
    answers: { 200: inJson(z.object({ done: z.boolean().optional() }).loose()), 204: NO_BODY },
  },
});

const showing: Tells = () => ({
  ...acting("Shows a subscription", { 200: inJson(subscription()) }),
  query: z.object({ streams_after: z.string().optional().describe("Where its streams go on") }),
});

const claiming: Tells = () =>
  acting("Takes the work that waits", {
    200: inJson(z.object({
      wake_id: z.string(),
      generation: z.int(),
      token: wakeToken(),
      streams: told(),
      lease_ttl_ms: z.int(),
    })),
  }, claimBody);

function reporting(does: string): RouteOperation {
  return acting(
    does,
    { 200: inJson(z.object({ ok: z.boolean(), next_wake: z.boolean() })) },
    reportBody,
  );
}
