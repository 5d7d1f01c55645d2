import { z } from "zod";
import {
  type Answer,
  inJson,
  jsonBody,
  NO_BODY,
  type RouteOperation,
  type Shape,
  type Tells,
} from "../../../web/operation.ts";
import { problemForm } from "../../../web/problem.ts";
import { addedAddresses, wantedDeposits } from "./config.ts";

/* What the routes of subscriptions to deposits take and answer; they refuse in problems. */

function operation(
  does: string,
  answers: RouteOperation["answers"],
  body?: Shape,
): RouteOperation {
  const statuses = [400, 401, 403, 404, 409, 503, ...body === undefined ? [] : [413, 507]];
  const refusals: Record<number, Answer> = Object.fromEntries(
    statuses.map((status) => [status, problemForm()]),
  );
  return { does, ...body && { body: jsonBody(body) }, answers: { ...refusals, ...answers } };
}

function subscription(): Answer {
  const { tokens, confirmations, description, gap } = wantedDeposits.shape;
  return inJson(z.object({
    id: z.string(),
    network: z.string(),
    stream: z.string().describe("The path of its stream"),
    addresses: z.int().describe("How many it has"),
    xpub: z.string().nullable().describe("Its beginning and its end"),
    gap: gap.optional(),
    last_index: z.int().optional().describe("Of the xpub's addresses the last that was paid to"),
    tokens,
    confirmations,
    from: z.int(),
    description,
    created_at: z.iso.datetime(),
  }));
}

export const toldOfDeposits: Tells = () => {
  const listed = z.object({ id: z.string(), stream: z.string(), created_at: z.iso.datetime() });
  return operation("Lists the subscriptions that the key may read", {
    200: inJson(z.object({ deposits: z.array(listed) })),
  });
};

/** By the path after a subscription's id, and the method. */
export const TOLD_OF_DEPOSIT: Readonly<Record<string, Readonly<Record<string, Tells>>>> = {
  "": {
    DELETE: () => operation("Ends a subscription", { 204: NO_BODY }),
    GET: () => operation("Shows a subscription", { 200: subscription() }),
    PUT: () =>
      operation(
        "Makes a subscription to payments, or finds it as it is asked for",
        { 200: subscription(), 201: subscription() },
        wantedDeposits,
      ),
  },
  "/addresses": {
    POST: () =>
      operation("Watches more addresses from now on", { 200: subscription() }, addedAddresses),
  },
};
