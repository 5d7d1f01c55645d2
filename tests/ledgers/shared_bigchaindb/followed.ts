import { assertEquals } from "@std/assert";
import { PyFloat, type PyObject, valueAt } from "../../../src/python/json.ts";
import { until } from "../../support/until.ts";
import { type Person, signed } from "./builder.ts";
import { create, idOf, LedgerApi, StreamClient, transfer } from "./ledger_api.ts";

/** One of the family, with what its transactions look like. */
export interface Family {
  readonly name: "bigchaindb" | "planetmint";
  create(by: Person, word: string, amount?: string): PyObject;
  transfer(by: Person, of: PyObject, to: Person): PyObject;
  /** What only it is asked for. */
  paths(transactions: readonly PyObject[]): string[];
}

function memberOf(json: PyObject, name: string): PyObject {
  const value = valueAt(json, name);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return value as PyObject;
}

/** The asset that a transaction of BigchainDB is about. */
function assetOf(json: PyObject): string {
  return String(valueAt(memberOf(json, "asset"), "id") ?? idOf(json));
}

export const FAMILY: readonly Family[] = [
  {
    name: "bigchaindb",
    create: (by, word, amount = "1") =>
      create(by, { word, half: new PyFloat(0.5), "é": new PyFloat(1e16) }, {
        metadata: { of: word },
        outputs: [{ ...by.output(1), amount }],
      }),
    transfer: (by, of, to) => transfer(by, of, [to.output(1)], { assetId: assetOf(of) }),
    paths: (transactions) => [
      "/api/v1/assets?search=first",
      "/api/v1/metadata?search=word-7&limit=3",
      ...transactions.map((each) => `/api/v1/transactions?asset_id=${idOf(each)}`),
    ],
  },
  {
    name: "planetmint",
    create: (by, word, amount = "1") =>
      signed({
        operation: "CREATE",
        members: { assets: [{ data: word }], metadata: `of-${word}`, version: "3.0" },
        outputs: [{ ...by.output(1), amount }],
        inputs: [{ by }],
      }),
    transfer: (by, of, to) => {
      const [asset] = Array.isArray(valueAt(of, "assets"))
        ? valueAt(of, "assets") as PyObject[]
        : [];
      const id = String(valueAt(asset ?? {}, "id") ?? idOf(of));
      return signed({
        operation: "TRANSFER",
        members: { assets: [{ id }], metadata: null, version: "3.0" },
        outputs: [to.output(1)],
        inputs: [{ by, fulfills: { transactionId: idOf(of), outputIndex: 0 } }],
      });
    },
    paths: (transactions) => [
      "/api/v1/blocks/latest",
      "/api/v1/assets/first-0",
      "/api/v1/metadata/of-first-0",
      ...transactions.map((each) => `/api/v1/transactions?asset_ids=${idOf(each)}`),
    ],
  },
];

/** The height of a server's last block. */
export async function heightOf(base: string): Promise<number> {
  const has = async (height: number) =>
    await new LedgerApi(base).status(`/api/v1/blocks/${height}`) === 200;
  let beyond = 1;
  while (await has(beyond)) beyond *= 2;
  let last = Math.floor(beyond / 2);
  while (beyond - last > 1) {
    const middle = Math.floor((last + beyond) / 2);
    if (await has(middle)) last = middle;
    else beyond = middle;
  }
  return last;
}

async function answerOf(base: string, path: string): Promise<string> {
  const response = await fetch(base + path);
  return `${response.status} ${await response.text()}`;
}

/** Waits until what follows a node has its blocks, and holds its answers to the node's, to the byte. */
export async function assertFollowed(
  { paths }: Family,
  node: string,
  gateway: string,
  people: readonly Person[],
  transactions: readonly PyObject[],
): Promise<void> {
  const last = await heightOf(node);
  await until(
    `the gateway has block ${last}`,
    async () => await heightOf(gateway) >= last,
  );
  const keys = people.map(({ publicKey }) => publicKey);
  const all = [
    ...Array.from({ length: last + 2 }, (_, height) => `/api/v1/blocks/${height}`),
    ...transactions.flatMap((each) => [
      `/api/v1/transactions/${idOf(each)}`,
      `/api/v1/blocks?transaction_id=${idOf(each)}`,
    ]),
    ...keys.flatMap((key) =>
      ["", "&spent=true", "&spent=false"].map((spent) =>
        `/api/v1/outputs?public_key=${key}${spent}`
      )
    ),
    "/api/v1/validators",
    "/api/v1/transactions/unknown",
    ...paths(transactions),
  ];
  for (const path of all) {
    const [there, here] = await Promise.all([node, gateway].map((base) => answerOf(base, path)));
    assertEquals(`${path} ${here}`, `${path} ${there}`);
  }
  for (const [name, count] of [["transactions", transactions.length], ["blocks", last]] as const) {
    const told = [];
    for (const base of [node, gateway]) {
      const stream = await StreamClient.open(base, `valid_${name}?from_height=1`);
      told.push((await stream.count(count)).slice(0, count));
      await stream.close();
    }
    assertEquals(told[1], told[0]);
  }
}
