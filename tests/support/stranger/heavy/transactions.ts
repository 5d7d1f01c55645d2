import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { writeSpacedAsciiJson } from "../../../../src/python/json_write.ts";
import { Person, signed } from "../../../ledgers/shared_bigchaindb/builder.ts";
import bigchaindb from "../../../vectors/bigchaindb.json" with { type: "json" };
import { get, post } from "../seeds.ts";
import { type Heavy, LINE, MIB, nested, times } from "./heavy.ts";

const [VECTOR] = bigchaindb.vectors;
const CREATE = VECTOR?.tx;

/** A transaction of BigchainDB with other parts in it. */
function transaction(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...CREATE, ...changes });
}

/** One that is right: signed, with its id, and accepted. */
function create(metadata: unknown, outputs = 1): string {
  const alice = new Person("alice");
  return writeSpacedAsciiJson(signed({
    operation: "CREATE",
    members: {
      asset: parsePyJson('{"data":null}'),
      metadata: parsePyJson(JSON.stringify(metadata)),
      version: "2.0",
    },
    outputs: times(outputs, () => alice.output(1)),
    inputs: [{ by: alice }],
  }));
}

const RIGHT = ([
  ["words in its metadata", () => create({ text: "w ".repeat(300_000) })],
  ["members of its metadata", () => create(Object.fromEntries(times(40_000, (n) => [`k${n}`, n])))],
  ["outputs", () => create(null, 1_000)],
] as const).map(([name, make]) => ({
  name: `bigchaindb: a transaction with many ${name}`,
  requests: () => [post("/bigchaindb/api/v1/transactions?mode=commit", make())],
}));

export const TRANSACTIONS: readonly Heavy[] = [
  ...RIGHT,
  ...["bigchaindb", "planetmint"].flatMap(wrong),
];

function wrong(name: string): Heavy[] {
  const at = `/${name}/api/v1`;
  return [
    {
      name: `${name}: a key of spaces`,
      requests: () => [
        get(`${at}/outputs?public_key=${"%20".repeat(LINE / 3)}`),
        get(`${at}/outputs?public_key=${"1".repeat(LINE)}`),
      ],
    },
    {
      name: `${name}: a search of many words`,
      requests: () => [
        get(`${at}/assets?search=${times(LINE / 4, (n) => (n % 900) + 100).join("+")}`),
        get(`${at}/metadata?search=%22${"a+".repeat(LINE / 2)}%22`),
      ],
    },
    {
      name: `${name}: metadata of 680 kB`,
      requests: () => [
        post(`${at}/transactions`, transaction({ metadata: { text: "w ".repeat(340_000) } })),
        post(
          `${at}/transactions`,
          transaction({
            metadata: Object.fromEntries(times(50_000, (n) => [`k${n}`, n])),
          }),
        ),
      ],
    },
    {
      name: `${name}: public keys of spaces in a transaction`,
      requests: () => [
        post(
          `${at}/transactions`,
          transaction({
            outputs: times(10, () => ({
              amount: "1",
              public_keys: [" ".repeat(60_000)],
              condition: {
                details: { type: "ed25519-sha-256", public_key: " ".repeat(30_000) },
                uri: "x",
              },
            })),
          }),
        ),
      ],
    },
    {
      name: `${name}: thousands of inputs`,
      requests: () => [
        post(
          `${at}/transactions`,
          transaction({
            inputs: times(4_000, () => CREATE?.inputs?.[0]),
          }),
        ),
      ],
    },
    {
      name: `${name}: deep thresholds`,
      requests: () => [
        post(
          `${at}/transactions`,
          transaction({
            outputs: [{
              amount: "1",
              public_keys: [],
              condition: {
                details: JSON.parse(
                  '{"type":"threshold-sha-256","threshold":1,"subconditions":['.repeat(400) +
                    "]}".repeat(400),
                ),
                uri: "x",
              },
            }],
          }),
        ),
      ],
    },
    {
      name: `${name}: deep JSON, digits`,
      requests: () => [
        post(`${at}/transactions`, nested(500_000)),
        post(`${at}/transactions`, `{"a":${"9".repeat(MIB - 100)}}`),
      ],
    },
  ];
}
