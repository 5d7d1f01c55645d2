import { assertEquals } from "@std/assert";
import bigchaindb from "../../vectors/bigchaindb.json" with { type: "json" };
import planetmint from "../../vectors/planetmint.json" with { type: "json" };
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { prefixOf } from "../../../src/web/ledger.ts";
import { amount, figure } from "../../support/amounts.ts";
import { pythonTest } from "../../support/programs.ts";
import { ServerProcess, withFolder } from "../../support/server.ts";
import { PREPARATION } from "../../support/stranger/seeds.ts";
import { openapiAt } from "./documents.ts";
import { below, fuzz, type Known, without } from "./fuzz.ts";

const SHORT = 5;
const EXAMPLES = amount("LEDGER_FUZZ_EXAMPLES", SHORT);
/** Whether this is no short run of the suite. */
const isFull = EXAMPLES > SHORT;
const SEED = 20_261_129;

const ADDRESS = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";
const VERTEX = "039906854ce6309b3180945f2a23deb9edff369753f7082e19053f5ac11bfbae";

/** What the ledgers hold once they are prepared. */
const KNOWN: Readonly<Record<string, Known>> = {
  main: { chain: "hierachain/c", type: "envelope" },
  hierachain: {
    chain_name: "c",
    index_or_hash: "0",
    entity_id: "E",
    event: "1",
    org_id: "x",
  },
  hathor: {
    id: VERTEX,
    tx: VERTEX,
    graph_type: "funds",
    max_level: "1",
    block: VERTEX,
    count: "2",
    type: "tx",
    height: "0",
    address: ADDRESS,
    token_uid: "00",
    target_amount: "1",
    chain: "post_peerid",
    "addresses[]": ADDRESS,
  },
  bigchaindb: transactions(bigchaindb.vectors[0]?.tx.id, bigchaindb.keys.alice.public_key_base58),
  planetmint: transactions(planetmint.vectors[0]?.tx.id, bigchaindb.keys.alice.public_key_base58),
  streams: { stream: "s", id: "x", part: "s", offset: "-1" },
};

function transactions(id: unknown, owner: string): Known {
  const tx = String(id);
  return {
    id: tx,
    transaction_id: tx,
    asset_id: tx,
    asset_ids: tx,
    public_key: owner,
    height: "1",
    search: "bicycle",
    cid: "QmXyZ",
  };
}

pythonTest(
  `${EXAMPLES} requests of a fuzzer to each operation (seed ${SEED}) are answered as documents say`,
  ["schemathesis"],
  async (python) => {
    await withFolder(async (folder) => {
      const server = await ServerProcess.start(
        [
          "--store=:memory:",
          "--streams-long-poll-seconds=0.1",
          ...LEDGERS.flatMap(({ ports }) => ports.map((port) => `--${port}=0`)),
        ],
        { LEDGER_HATHOR_MINE: "off" },
      );
      try {
        const main = server.origin("main");
        for (const { method, path, headers, body } of PREPARATION) {
          const response = await fetch(main + path, {
            method,
            headers: headers.map(([name, value]): [string, string] => [name, value]),
            body: new TextEncoder().encode(String(body)),
          });
          await response.body?.cancel();
        }
        // Faults that it asks for would be found.
        const all = without(await openapiAt(main), ["/v1/dev/faults"]);
        const prefixes = LEDGERS.map((ledger) => [ledger, prefixOf(ledger)] as const);
        const own = without(all, prefixes.map(([, prefix]) => prefix));
        const runs = [
          // What is on a port of its own as well is asked there alone, but in a full run.
          { name: "main", origin: main, document: isFull ? all : own },
          ...prefixes.map(([{ name, mount }, prefix]) => ({
            name,
            origin: server.origin(name),
            document: below(all, prefix, mount),
          })),
        ];
        const found: string[] = [];
        for (const { name, ...run } of runs) {
          const { cases, fault } = await fuzz({
            ...run,
            python,
            known: KNOWN[name] ?? {},
            examples: EXAMPLES,
            hasEdges: isFull,
            seed: SEED,
            folder,
          });
          figure(`cases of ${name}`, cases);
          if (fault !== undefined) found.push(`${name}: ${fault}`);
        }
        assertEquals(found.join("\n"), "");
        const failed = server.lines().filter(({ level }) => level === "error");
        assertEquals(failed.map(({ msg }) => msg), []);
      } finally {
        await server.kill();
      }
    });
  },
);
