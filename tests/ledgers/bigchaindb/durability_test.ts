import { assert, assertEquals } from "@std/assert";
import { bigchaindb } from "../../../src/ledgers/bigchaindb/definition.ts";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { planetmint } from "../../../src/ledgers/planetmint/definition.ts";
import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { chainName, type Dialect } from "../../../src/ledgers/shared_bigchaindb/chain/dialect.ts";
import { TransactionRefused } from "../../../src/ledgers/shared_bigchaindb/transaction/refusal.ts";
import type { LedgerDefinition } from "../../../src/web/ledger.ts";
import { inMemory } from "../../support/chains.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv } from "../../support/denokv.ts";
import { ServerProcess, withFolder } from "../../support/server.ts";
import { until } from "../../support/until.ts";
import { Person } from "../shared_bigchaindb/builder.ts";
import {
  create,
  idOf,
  LedgerApi,
  StreamClient,
  transfer,
} from "../shared_bigchaindb/ledger_api.ts";
import { parsed } from "../shared_bigchaindb/rules.ts";
import { withService } from "../shared_bigchaindb/with_service.ts";
import { objectsAt, readVectors } from "../../support/vectors.ts";
import { valueAt } from "../../../src/python/json.ts";

const alice = new Person("alice");
const bob = new Person("bob");
const carol = new Person("carol");

/** How often the server is killed. */
const ROUNDS = 3;

const LEDGERS: readonly [Dialect, LedgerDefinition][] = [
  [bigchaindbDialect, bigchaindb],
  [planetmintDialect, planetmint],
];

for (const [dialect, definition] of LEDGERS) {
  Deno.test(`the rows of ${definition.title} are those that its log says`, async () => {
    await inMemory((_, store) =>
      withService(store, dialect, async (service) => {
        let accepted = 0;
        for (const vector of objectsAt(readVectors(`${dialect.name}.json`), "vectors")) {
          try {
            const verdict = await service.submit(parsed(dialect, valueAt(vector, "tx") ?? null));
            if ("height" in verdict) accepted++;
          } catch (error) {
            if (!(error instanceof TransactionRefused)) throw error;
          }
        }
        assert(accepted > 5);
        assertEquals(await service.chain.compareRows(), undefined);
        await service.chain.rebuild();
        assertEquals(await service.chain.compareRows(), undefined);
        assertEquals(definition.projectionOf(chainName(dialect)) === undefined, false);
      }, { keepsRejected: true })
    );
  });
}

Deno.test(`every answer of 202 survives ${ROUNDS} kills amid posts, and is streamed once`, async () => {
  await withFolder(async (folder) => {
    const args = [`--store=${folder}/ledger.db`, "--bigchaindb-port=0"];
    const accepted: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const server = await ServerProcess.start(args);
      const api = new LedgerApi(server.origin("bigchaindb"));
      const writers = Array.from({ length: 3 }, (_, n) => write(api, `${round}-${n}`, accepted));
      const enough = accepted.length + 30 + round * 11;
      await until("enough is accepted", () => accepted.length >= enough);
      await server.kill();
      const faults = await Promise.all(writers);
      assertEquals(faults.map((fault) => fault instanceof TypeError), writers.map(() => true));
    }
    const server = await ServerProcess.start(args);
    const origin = server.origin("bigchaindb");
    const api = new LedgerApi(origin);
    const stream = await StreamClient.open(origin, "valid_transactions?from_height=1");
    const ids = new Set(await stream.ids(accepted.length));
    // Those whose answers the kills cut off may be there, too.
    assertEquals([ids.size, accepted.filter((id) => !ids.has(id))], [stream.texts.length, []]);
    for (const id of accepted.slice(-3)) await api.get(`/api/v1/transactions/${id}`);
    await stream.close();
    await server.stop();
  });
});

/** Posts one transaction after another until the server is gone; returns what told it so. */
async function write(api: LedgerApi, name: string, accepted: string[]): Promise<unknown> {
  try {
    for (let n = 0;; n++) accepted.push(await api.accept(create(alice, { name, n })));
  } catch (error) {
    return error;
  }
}

denokvTest(
  "of two transfers that are posted to two servers one is accepted, for all to hear",
  async (program) => {
    await withDenokv(program, async (denokv) => {
      const args = [`--store=${denokv.url}`, "--bigchaindb-port=0"];
      const env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
      const servers = await Promise.all([0, 1].map(() => ServerProcess.start(args, env)));
      try {
        const apis = servers.map((server) => new LedgerApi(server.origin("bigchaindb")));
        const streams = await Promise.all(
          apis.map(({ origin }) => StreamClient.open(origin, "valid_transactions")),
        );
        const [one, two] = apis;
        assert(one !== undefined && two !== undefined);
        const wanted: string[] = [];
        for (let round = 0; round < 5; round++) {
          const made = create(alice, { round });
          wanted.push(await one.accept(made));
          const [toBob, toCarol] = [bob, carol].map((to) => transfer(alice, made, [to.output(1)]));
          assert(toBob !== undefined && toCarol !== undefined);
          const answers = await Promise.all([one.post(toBob), two.post(toCarol)]);
          assertEquals(answers.map(({ status }) => status).sort(), [202, 400]);
          const lost = answers.find(({ status }) => status === 400);
          const reason = `input \`${idOf(made)}\` was already spent`;
          assertEquals(JSON.parse(lost?.body ?? "{}"), {
            message: `Invalid transaction (DoubleSpend): ${reason}`,
            status: 400,
          });
          wanted.push(idOf(answers[0] === lost ? toCarol : toBob));
        }
        for (const stream of streams) assertEquals(await stream.ids(wanted.length), wanted);
        for (const stream of streams) await stream.close();
      } finally {
        await Promise.all(servers.map((server) => server.kill()));
      }
    });
  },
);
