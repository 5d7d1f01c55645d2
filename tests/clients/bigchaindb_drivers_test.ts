import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { isOldRuntime } from "../../src/server/edge/edge.ts";
import { installPackages, nodeTest } from "../support/npm_packages.ts";
import { TEST_EDGE } from "../support/ports.ts";
import { Program, pythonTest } from "../support/programs.ts";
import { withFolder } from "../support/server.ts";
import {
  type RunningLedger,
  withFollowedLedger,
  withLedger,
} from "../ledgers/shared_bigchaindb/ledger_api.ts";

const FOLDER = import.meta.dirname ?? ".";

// What a driver printed is for each test to know.
// deno-lint-ignore no-explicit-any
type Printed = any;

/** What the JavaScript driver's documentation shows. */
const SCRIPT = `
const driver = require("bigchaindb-driver");
const { Transaction, Connection, Ed25519Keypair } = driver;
const connection = new Connection(process.argv[2]);
const [alice, bob, carol] = [new Ed25519Keypair(), new Ed25519Keypair(), new Ed25519Keypair()];
const output = ({ publicKey }, amount) =>
  Transaction.makeOutput(Transaction.makeEd25519Condition(publicKey), amount);
const sent = [];
async function send(tx, how = "postTransactionCommit") {
  await connection[how](tx);
  // In the other modes a block may come later.
  while (!await connection.getTransaction(tx.id).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  sent.push(tx.id);
  return tx;
}
async function main() {
  const asset = { bicycle: { serial: "abcd1234", name: "V\\u00e9lo", price: 1.5 } };
  const created = await send(Transaction.signTransaction(
    Transaction.makeCreateTransaction(
      asset, { planet: "earth" }, [output(alice, "6"), output(alice, "4")], alice.publicKey),
    alice.privateKey));
  const spend = (index, to, amount) => Transaction.signTransaction(
    Transaction.makeTransferTransaction(
      [{ tx: created, output_index: index }], [output(to, amount)], { price: "100 euro" }),
    alice.privateKey);
  const moved = await send(spend(0, bob, "6"), "postTransactionSync");
  const shared = Transaction.makeThresholdCondition(2, [
    Transaction.makeEd25519Condition(bob.publicKey, false),
    Transaction.makeEd25519Condition(carol.publicKey, false),
  ]);
  const owned = Transaction.makeOutput(shared, "4");
  owned.public_keys = [bob.publicKey, carol.publicKey];
  await send(Transaction.signTransaction(
    Transaction.makeTransferTransaction([{ tx: created, output_index: 1 }], [owned], null),
    alice.privateKey), "postTransactionAsync");
  const refused = await connection.postTransaction(spend(0, carol, "6")).catch((error) => error);
  console.log(JSON.stringify({
    sent,
    refused: { status: refused.status, message: refused.message },
    isSame: JSON.stringify((await connection.getTransaction(created.id)).outputs) ===
      JSON.stringify((await connection.listTransactions(created.id, "CREATE"))[0].outputs),
    history: (await connection.listTransactions(created.id)).map(({ id }) => id),
    transfers: (await connection.listTransactions(created.id, "TRANSFER")).map(({ id }) => id),
    spent: await connection.listOutputs(alice.publicKey, true),
    unspent: await connection.listOutputs(carol.publicKey, false),
    blocks: await connection.listBlocks(moved.id),
    block: (await connection.getBlock(3)).transactions.map(({ id }) => id),
    assets: await connection.searchAssets("velo"),
    metadata: await connection.searchMetadata("euro"),
  }));
}
main();
`;

for (
  const [where, withOne] of [
    ["", withLedger],
    [" through what follows a node", withFollowedLedger],
  ] as const
) {
  nodeTest(
    `the JavaScript driver of BigchainDB works unchanged${where}, and a stream tells it all`,
    async () => {
      await withFolder(async (folder) => {
        await installPackages("bigchaindb", folder);
        await Deno.writeTextFile(join(folder, "client.cjs"), SCRIPT);
        await withOne("bigchaindb", async (ledger) => {
          const args = ["client.cjs", `${ledger.api.origin}/api/v1/`];
          const got = await run("node", args, folder, ledger);
          const [created, moved, shared] = got.sent;
          assertEquals(got.refused, {
            // `Deno.serve` sends reason phrases of its own.
            status: isOldRuntime() || TEST_EDGE === "deno" ? "400 Bad Request" : "400 BAD REQUEST",
            message: "HTTP Error: Requested page not reachable",
          });
          assertEquals([got.isSame, got.history, got.transfers], [true, got.sent, [moved, shared]]);
          assertEquals(got.spent, [0, 1].map((index) => outpoint(created, index)));
          assertEquals(got.unspent, [outpoint(shared, 0)]);
          assertEquals([got.blocks, got.block], [[3], [moved]]);
          const data = { bicycle: { serial: "abcd1234", name: "Vélo", price: 1.5 } };
          assertEquals(got.assets, [{ data, id: created }]);
          assertEquals(got.metadata, [{ id: moved, metadata: { price: "100 euro" } }]);
        });
      });
    },
  );

  pythonTest(
    `the Python driver of BigchainDB works unchanged${where}, and a stream tells it all`,
    ["bigchaindb_driver"],
    async (python) => {
      await withOne("bigchaindb", async (ledger) => {
        const args = [join(FOLDER, "bigchaindb_client.py"), ledger.api.origin];
        const got = await run(python, args, FOLDER, ledger);
        const [bicycle, moved, token, parts, joint] = got.sent;
        assertEquals([got.info.software, got.api_info.validators], ["BigchainDB", "/validators"]);
        assertEquals(got.retrieved, true);
        assertEquals(got.missing, ["NotFoundError", 404, { message: "Not found", status: 404 }]);
        const refused = (message: string) => ["BadRequest", 400, {
          message: `Invalid transaction (${message}`,
          status: 400,
        }];
        assertEquals(
          got.double_spend,
          refused(`DoubleSpend): input \`${bicycle}\` was already spent`),
        );
        assertEquals(
          got.duplicate,
          refused(`DuplicateTransaction): transaction \`${bicycle}\` already exists`),
        );
        assertEquals([got.history, got.transfers], [[token, parts, joint], [parts, joint]]);
        assertEquals(got.unspent, [outpoint(parts, 1), outpoint(joint, 0)]);
        assertEquals(got.spent, [outpoint(bicycle, 0), outpoint(token, 0), outpoint(token, 1)]);
        assertEquals(got.assets, [{ ...got.bicycle, id: bicycle }]);
        assertEquals(got.metadata, [{ id: bicycle, metadata: { planet: "earth" } }]);
        assertEquals([got.height, got.block], [3, [moved]]);
      });
    },
  );

  pythonTest(
    `the Python driver of Planetmint works unchanged${where}, and a stream tells it all`,
    ["planetmint_driver"],
    async (python) => {
      await withOne("planetmint", async (ledger) => {
        const args = [join(FOLDER, "planetmint_client.py"), ledger.api.origin];
        const got = await run(python, args, FOLDER, ledger);
        const [created, moved] = got.sent;
        assertEquals([got.info.software, got.retrieved], ["Planetmint", true]);
        assertEquals(got.double_spend, ["BadRequest", 400, {
          message: `Invalid transaction (DoubleSpend): input \`${created}\` was already spent`,
          status: 400,
        }]);
        assertEquals(got.history, [created, moved]);
        assertEquals(got.unspent, [outpoint(created, 1), outpoint(moved, 0)]);
        assertEquals(got.assets, [{ data: got.cid }]);
        assertEquals([got.block.height, got.block.transaction_ids], [3, [moved]]);
        assertEquals([got.height.height, got.height.transaction_ids], [2, [created]]);
      });
    },
  );
}

function outpoint(id: string, index: number) {
  return { transaction_id: id, output_index: index };
}

/**
 * Runs a program that posts transactions while a client listens, and asserts that the client hears
 * of each in its order; gives what the program printed.
 */
async function run(
  command: string,
  args: readonly string[],
  folder: string,
  { stream }: RunningLedger,
): Promise<Printed> {
  const client = await stream("valid_transactions");
  const program = Program.start(command, args, folder);
  const code = await program.ended();
  assertEquals([code, code === 0 ? "" : program.output], [0, ""]);
  const got: Printed = JSON.parse(program.output.trim().split("\n").at(-1) ?? "");
  assertEquals(await client.ids(got.sent.length), got.sent);
  return got;
}
