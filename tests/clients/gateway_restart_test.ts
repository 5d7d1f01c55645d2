import { assertEquals, fail } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { heightOf } from "../ledgers/shared_bigchaindb/followed.ts";
import { LedgerApi } from "../ledgers/shared_bigchaindb/ledger_api.ts";
import { amount, figure } from "../support/amounts.ts";
import { freePort } from "../support/ports.ts";
import { Program, pythonTest } from "../support/programs.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

/** How often either side is killed. */
const ROUNDS = amount("LEDGER_GATEWAY_KILL_ROUNDS", 4);

const FOLDER = import.meta.dirname ?? ".";

const refusalForm = z.strictObject({ message: z.string(), status: z.literal(503) });

const printed = z.object({
  sent: z.array(z.string()),
  refusals: z.array(z.tuple([z.literal(503), refusalForm])),
  history: z.array(z.string()),
  unspent: z.array(z.object({ transaction_id: z.string(), output_index: z.number() })),
});

const blockForm = z.union([
  z.object({ transactions: z.array(z.object({ id: z.string() })) })
    .transform(({ transactions }) => transactions.map(({ id }) => id)),
  z.object({ transaction_ids: z.array(z.string()) })
    .transform(({ transaction_ids }) => transaction_ids),
]);

for (
  const [family, driver] of [["bigchaindb", "bigchaindb_driver"], [
    "planetmint",
    "planetmint_driver",
  ]] as const
) {
  pythonTest(
    `what the Python driver of ${family} sends through a gateway is there once, however often the node and the gateway are killed`,
    [driver],
    async (python) => {
      await withFolder(async (folder) => {
        const [there, here] = [freePort(), freePort()];
        const base = (port: number) => `http://127.0.0.1:${port}/${family}`;
        const startNode = () =>
          ServerProcess.start([`--store=${join(folder, "node.db")}`, `--port=${there}`]);
        const startGateway = () =>
          ServerProcess.start([
            `--store=${join(folder, "gateway.db")}`,
            `--port=${here}`,
            `--${family}-follow=${base(there)}`,
          ]);
        const [origin, copy] = [new LedgerApi(base(there)), new LedgerApi(base(here))];
        let node = await startNode();
        let gateway = await startGateway();
        const stop = join(folder, "stop");
        const args = [join(FOLDER, "gateway_client.py"), family, base(here), stop];
        const program = Program.start(python, args, FOLDER);
        const sentSoFar = () => program.output.split("\n").length;
        const more = async (least: number) => {
          const wanted = sentSoFar() + least;
          await until(`${least} more are sent`, () => {
            if (program.output.includes("Traceback")) fail(program.output.slice(-2_000));
            return sentSoFar() >= wanted;
          });
        };
        try {
          for (let round = 0; round < ROUNDS; round++) {
            await more(5 + round % 7);
            if (round % 2 === 0) {
              await node.kill();
              await until("it is told to be away", async () => {
                const { status, body } = await copy.post({});
                return status === 503 && refusalForm.parse(JSON.parse(body));
              });
              node = await startNode();
            } else {
              await gateway.kill();
              gateway = await startGateway();
            }
          }
          await more(5);
          await Deno.writeTextFile(stop, "");
          const code = await program.ended();
          assertEquals([code, code === 0 ? "" : program.output], [0, ""]);
          const got = printed.parse(JSON.parse(program.output.trim().split("\n").at(-1) ?? ""));
          const { sent, history, unspent } = got;
          assertEquals(new Set(sent).size, sent.length);
          assertEquals(history, sent);
          assertEquals(unspent, [{ transaction_id: sent.at(-1) ?? "", output_index: 0 }]);
          const last = await heightOf(base(there));
          const inBlocks: string[] = [];
          for (let height = 1; height <= last; height++) {
            const text = await origin.text(`/api/v1/blocks/${height}`);
            inBlocks.push(...blockForm.parse(JSON.parse(text)));
            assertEquals(await copy.text(`/api/v1/blocks/${height}`), text);
          }
          assertEquals(inBlocks, sent);
          figure("kills", ROUNDS);
          figure("transactions sent", sent.length);
        } finally {
          await program.kill();
          await gateway.kill();
          await node.kill();
        }
      });
    },
  );
}
