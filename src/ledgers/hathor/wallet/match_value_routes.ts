import type { Route } from "../http/app.ts";
import { BadRequest, hexBytes } from "../http/arguments.ts";
import { bodyIfAny } from "../http/json_body.ts";

const POST_NAMES = [
  "values",
  "fallback_address",
  "oracle_pubkey_hash",
  "oracle_data_id",
  "total_value",
  "input_value",
];
const PUT_NAMES = ["hex_tx", "new_values", "input_value"];
const EXECUTE_NAMES = [
  "spent_tx_id",
  "spent_tx_index",
  "oracle_data",
  "oracle_signature",
  "oracle_pubkey",
  "address",
  "value",
];

/**
 * The routes of the contracts that hathor-core had before nano contracts, as scripts of one output.
 * hathor-core 0.72.0 has the routes still, checks what they are asked with, and then fails with a
 * page of HTML, since what they are made of is gone: here that is said.
 */
export function matchValueRoutes(): Route[] {
  return [
    {
      path: "/wallet/nano-contract/match-value",
      POST: async ({ text }) => ended(await text(), POST_NAMES),
      PUT: async ({ text }) => ended(await text(), PUT_NAMES),
    },
    {
      path: "/wallet/nano-contract/decode",
      GET: ({ args }) => {
        const { hex_tx: hex } = args.required("hex_tx");
        if (hexBytes(hex) === undefined) throw new BadRequest("Invalid transaction");
        throw noMore();
      },
    },
    {
      path: "/wallet/nano-contract/execute",
      POST: async ({ text }) => {
        const body = await text();
        if (body === "") throw new BadRequest("No post data received");
        ended(body, EXECUTE_NAMES);
      },
    },
  ];
}

function ended(text: string, names: readonly string[]): never {
  const body = bodyIfAny(text);
  if (body === undefined) throw new BadRequest("Invalid format for post data");
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  const missing = names.find((name) => !isObject || !Object.hasOwn(body, name));
  if (missing !== undefined) throw new BadRequest(`Missing parameter: ${missing}`);
  throw noMore();
}

function noMore(): BadRequest {
  return new BadRequest("Contracts that match values can no longer be made or executed");
}
