import { assertEquals, assertThrows } from "@std/assert";
import { hash160, sha256d } from "../../../../src/crypto/bitcoin_hash.ts";
import { concatBytes } from "../../../../src/kernel/concat.ts";
import { nanoHeaderOf } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import {
  activeFeatures,
  mempoolFeatures,
} from "../../../../src/ledgers/hathor/networks/features.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import type { RuleContext } from "../../../../src/ledgers/hathor/rules/context.ts";
import { assertActions } from "../../../../src/ledgers/hathor/rules/nano_actions.ts";
import { VertexRefusal } from "../../../../src/ledgers/hathor/rules/refusal.ts";
import { assertBalance, tokenChanges } from "../../../../src/ledgers/hathor/rules/token_balance.ts";
import {
  assertBlueprintAuthor,
  assertCaller,
} from "../../../../src/ledgers/hathor/rules/verify_caller.ts";
import {
  assertInputCount,
  verifyTransactionAlone,
} from "../../../../src/ledgers/hathor/rules/verify_transaction_alone.ts";
import { Op } from "../../../../src/ledgers/hathor/script/opcodes.ts";
import { buildScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import type { NanoAction, NanoHeader } from "../../../../src/ledgers/hathor/vertex/nano_header.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  HTR_UID,
  TokenVersion,
  type Transaction,
  type TransactionFields,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { networkOf, transactionOf } from "../support/vectors.ts";

/** Made and signed by wallet-lib 2.15, by the key 0101…: a call, and a blueprint. */
const CALL =
  "00010000003ff00000000000006553f10002111111111111111111111111111111111111111111111111111111111111111122222222222222222222222222222222222222222222222222222222222222220000000010b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1030a696e697469616c697a65000100010100000000054979b000887626b294a914501a4cd226b58b235983bb9ca2c56a473045022100f1851a53865bda27fbb68e38d454f486790e26c4d21a665a5211beded87c628a02206ac33761e384d3bf67648024070b7c3ecf0e02a6829e638bffb78e25e9f40c7e21031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f";
const BLUEPRINT =
  "0006000000010000004401789c4b2bcacf55c8482cc9c82f52c8cc2dc82f2a5170ca294d2d28cacc2bd15148ad0089703940e9e49cc4e26205470db80a4d2b2e0505058582c4e2622e00025b19d121031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f463044022032def8c28761150cac0c08390e8e226cbdaf1912b70b254d9c774b4123a22633022035497d57002bc88d62fa026ff127a42440ffb80cef8d88469713fbdfae98d2113ff00000000000006553f100021111111111111111111111111111111111111111111111111111111111111111222222222222222222222222222222222222222222222222222222222222222200000000";

const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
const features = mempoolFeatures(activeFeatures(network.features));
const context: RuleContext = { network, features, now: undefined, runsContracts: true };

const [GOLD, SILVER] = ["aa".repeat(32), "bb".repeat(32)] as [string, string];

function refusalOf(run: () => void): [string, string] {
  const { code, message } = assertThrows(run, VertexRefusal);
  return [code, message];
}

/** A header with other values. */
function withHeader(tx: Transaction, changed: Partial<NanoHeader>): Transaction {
  const header = nanoHeaderOf(tx);
  if (header === undefined) throw new RangeError("it calls no contract");
  const { hash: _hash, bytes: _bytes, ...fields } = tx;
  return sealVertex({ ...fields, headers: [{ id: HeaderId.nano, ...header, ...changed }] });
}

interface Called {
  readonly actions: readonly NanoAction[];
  readonly outputs?: readonly TxOutput[];
  readonly spends?: readonly TxOutput[];
  readonly tokens?: readonly string[];
}

/** What is spent, in a transaction of its own. */
function spentOf(outputs: readonly TxOutput[], tokens: readonly string[]): Vertex {
  return sealVertex({ ...plain, tokens, outputs });
}

const plain: TransactionFields = {
  version: VertexVersion.transaction,
  signalBits: 0,
  tokens: [],
  inputs: [],
  outputs: [],
  weight: 1,
  timestamp: 1_700_000_000,
  parents: ["11".repeat(32), "22".repeat(32)],
  nonce: 0,
  headers: [],
};

/** A call with money, and what is known of the tokens: gold has deposits, silver fees. */
function called({ actions, outputs = [], spends = [], tokens = [GOLD, SILVER] }: Called) {
  const source = spentOf(spends, tokens);
  const tx = withHeader(
    sealVertex({
      ...plain,
      tokens,
      outputs,
      inputs: spends.map((_output, index) => (
        { txId: source.hash, index, data: new Uint8Array() }
      )),
      headers: transactionOf(CALL).headers,
    }),
    { actions },
  );
  const versions = new Map<string, TokenVersion>([
    [HTR_UID, TokenVersion.native],
    [GOLD, TokenVersion.deposit],
    [SILVER, TokenVersion.fee],
  ]);
  const dependencies = {
    vertex: (hash: string) => hash === source.hash ? source : undefined,
    tokenVersion: (uid: string) => versions.get(uid),
  };
  return { tx, dependencies };
}

function assertCallBalances(given: Called, mayBeUnknown = true): void {
  const { tx, dependencies } = called(given);
  assertBalance(network, tx, tokenChanges(tx, dependencies), { mayBeUnknown });
}

const money = (value: number, token = 0): TxOutput => (
  { value: BigInt(value), tokenData: token, script: new Uint8Array([1]) }
);
const authority = (mask: number, token: number): TxOutput => (
  { value: BigInt(mask), tokenData: token | 0x80, script: new Uint8Array([1]) }
);
const action = (type: number, amount: number, tokenIndex = 0): NanoAction => (
  { type, tokenIndex, amount: BigInt(amount) }
);
type MakesAction = (amount: number, tokenIndex?: number) => NanoAction;
const deposit: MakesAction = (amount, token) => action(1, amount, token);
const withdraw: MakesAction = (amount, token) => action(2, amount, token);
const grant: MakesAction = (mask, token) => action(3, mask, token);
const acquire: MakesAction = (mask, token) => action(4, mask, token);

Deno.test("a call and a blueprint of the library of wallets are its key's", () => {
  for (const hex of [CALL, BLUEPRINT]) {
    const tx = transactionOf(hex);
    assertCaller(context, tx);
    assertBlueprintAuthor(context, tx);
    assertInputCount(context, tx);
    assertEquals(tx.bytes.toHex(), hex);
    const refused = [
      "on-chain blueprints are not executed here",
      "nano contracts are not executed here",
    ];
    const [, message] = refusalOf(() => assertInputCount({ ...context, runsContracts: false }, tx));
    assertEquals(refused.includes(message), true);
  }
});

Deno.test("what a caller has signed cannot be changed, and another's address is not his", () => {
  const tx = transactionOf(CALL);
  const header = nanoHeaderOf(tx);
  const refused = ["NCInvalidSignature", ""];
  const other = new Uint8Array(25).fill(7);
  other[0] = network.p2pkhVersionByte;
  const changes: Partial<NanoHeader>[] = [
    { sequence: 4n },
    { method: "other" },
    { contractId: "b2".repeat(32) },
    { arguments: new Uint8Array([1]) },
    { actions: [deposit(6)] },
    { address: other },
    { script: new Uint8Array() },
  ];
  for (const changed of changes) {
    assertEquals(refusalOf(() => assertCaller(context, withHeader(tx, changed))), refused);
  }
  const nobody = Uint8Array.from(header?.address ?? []);
  nobody[0] = 1;
  assertEquals(
    refusalOf(() => assertCaller(context, withHeader(tx, { address: nobody }))),
    ["ScriptError", "The address is not valid"],
  );
  assertEquals(
    refusalOf(() => assertCaller(context, withHeader(tx, { script: new Uint8Array(1_025) }))),
    ["NCInvalidSignature", "nc_script larger than max: 1025 > 1024"],
  );
  const checks = buildScript(Array.from({ length: 21 }, () => Op.checkSig));
  assertEquals(
    refusalOf(() => assertCaller(context, withHeader(tx, { script: checks }))),
    ["TooManySigOps", "sigops count greater than max: 21 > 20"],
  );
});

Deno.test("several keys call by their redeem script", () => {
  const redeem = buildScript([new Uint8Array([1, 2]), new Uint8Array([1, 2]), Op.equal]);
  const start = concatBytes(new Uint8Array([network.multisigVersionByte]), hash160(redeem));
  const address = concatBytes(start, sha256d(start).subarray(0, 4));
  const tx = transactionOf(CALL);
  assertCaller(context, withHeader(tx, { address, script: buildScript([redeem]) }));
  const wrong = buildScript([buildScript([new Uint8Array([1]), new Uint8Array([2]), Op.equal])]);
  assertEquals(
    refusalOf(() => assertCaller(context, withHeader(tx, { address, script: wrong }))),
    ["NCInvalidSignature", ""],
  );
});

Deno.test("a blueprint is brought in by a key that may, and signed by it", () => {
  const tx = transactionOf(BLUEPRINT);
  if (tx.version !== VertexVersion.onChainBlueprint) throw new RangeError("it is no blueprint");
  const author = "WZmTUyh3uf7sKgof1D6BHji6GLeZmXWMM6";
  const only = (address: string): RuleContext => (
    { ...context, network: { ...network, blueprintAuthors: new Set([address]) } }
  );
  assertBlueprintAuthor(only(author), tx);
  assertEquals(
    refusalOf(() => assertBlueprintAuthor(only("WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f"), tx)),
    ["OCBPubKeyNotAllowed", `nc_pubkey with address ${author} is not allowed`],
  );
  const { hash: _hash, bytes: _bytes, ...fields } = tx;
  const changed = sealVertex({ ...fields, code: fields.code.with(5, 1) });
  assertEquals(
    refusalOf(() => assertBlueprintAuthor(context, changed)),
    ["NCInvalidSignature", ""],
  );
  for (const publicKey of [new Uint8Array(), new Uint8Array(33), fields.publicKey.with(0, 4)]) {
    assertEquals(
      refusalOf(() => assertBlueprintAuthor(context, sealVertex({ ...fields, publicKey }))),
      ["NCInvalidPubKey", "nc_pubkey is not a public key"],
    );
  }
});

Deno.test("actions are few, of tokens that there are, and go together", () => {
  const check = (...actions: NanoAction[]) => assertActions(context, called({ actions }).tx);
  check(deposit(1), deposit(1, 1), grant(1, 1), withdraw(1, 2), acquire(3, 2));
  check(grant(1, 1));
  const refusals: [NanoAction[], string][] = [
    [[deposit(1, 3)], "DEPOSIT token index 3 not found"],
    [[grant(4, 1)], `action GRANT_AUTHORITY token ${GOLD} invalid authorities: 0b100`],
    [[acquire(4, 0)], "action ACQUIRE_AUTHORITY token 00 invalid authorities: 0b100"],
    [[acquire(1, 0)], "ACQUIRE_AUTHORITY action cannot be executed on HTR token"],
    [[deposit(1), withdraw(1)], "conflicting actions for token 00"],
    [[grant(1, 1), acquire(1, 1)], `conflicting actions for token ${GOLD}`],
    [[deposit(1, 1), deposit(2, 1)], `duplicate actions for token ${GOLD}`],
    [Array(17).fill(deposit(1)), "more actions than the max allowed: 17 > 16"],
  ];
  for (const [actions, message] of refusals) {
    assertEquals(refusalOf(() => check(...actions)), ["NCInvalidAction", message]);
  }
  const before = { ...context, features: { ...features, RESTRICT_DUP_ACTIONS: false } };
  assertActions(before, called({ actions: [deposit(1), deposit(2)] }).tx);
});

Deno.test("a deposit goes out of the transaction, and a withdrawal comes in", () => {
  assertCallBalances({ actions: [deposit(7)], spends: [money(10)], outputs: [money(3)] });
  assertCallBalances({ actions: [withdraw(7)], outputs: [money(7)] });
  assertCallBalances({ actions: [withdraw(7, 1)], outputs: [money(7, 1)] });
  assertEquals(
    refusalOf(() =>
      assertCallBalances({ actions: [deposit(8)], spends: [money(10)], outputs: [money(3)] })
    ),
    ["InputOutputMismatch", "There's an invalid surplus of HTR. (amount=1, expected=0)"],
  );
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [withdraw(7)], outputs: [money(6)] })),
    ["InputOutputMismatch", "There's an invalid deficit of HTR. (amount=-1, expected=0)"],
  );
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [withdraw(7, 1)], outputs: [money(8, 1)] })),
    ["ForbiddenMint", `1 ${GOLD} tokens minted, but there is no mint authority input`],
  );
});

Deno.test("authorities are granted by who has them, and acquired for the transaction", () => {
  assertCallBalances({ actions: [grant(1, 1)], spends: [authority(1, 1)] });
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [grant(3, 1)], spends: [authority(1, 1)] })),
    ["NCInvalidAction", `GRANT_AUTHORITY token ${GOLD} requires melt, but no input has it`],
  );
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [grant(1, 1)] })),
    ["NCInvalidAction", `GRANT_AUTHORITY token ${GOLD} requires mint, but no input has it`],
  );
  // 200 of gold are minted for a deposit of 2.
  const minted = { spends: [money(2)], outputs: [money(200, 1), authority(1, 1)] };
  assertCallBalances({ actions: [acquire(1, 1)], ...minted });
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [acquire(2, 1)], ...minted })),
    ["InvalidToken", "output at index 1 has mint authority, but no input has it"],
  );
});

Deno.test("money of a fee token costs its fee where it goes into a contract, or comes out alone", () => {
  const fee = (amount: number) =>
    `Fee amount is different than expected. (amount=0, expected=${amount})`;
  assertEquals(
    refusalOf(() => assertCallBalances({ actions: [deposit(5, 2)], spends: [money(5, 2)] })),
    ["InputOutputMismatch", fee(1)],
  );
  assertEquals(
    refusalOf(() =>
      assertCallBalances({ actions: [withdraw(5, 2)], outputs: [money(2, 2), money(3, 2)] })
    ),
    ["InputOutputMismatch", fee(2)],
  );
});

Deno.test("a token that nobody knows yet waits for the execution, but for a surplus", () => {
  const unknown = "cc".repeat(32);
  const given = { tokens: [unknown], actions: [withdraw(5, 1)], outputs: [money(5, 1)] };
  assertCallBalances(given);
  assertCallBalances({ ...given, spends: [money(4)] });
  assertEquals(
    refusalOf(() => assertCallBalances(given, false)),
    ["TokenNotFound", `token uid ${unknown} not found.`],
  );
  assertEquals(
    refusalOf(() => assertCallBalances({ ...given, outputs: [money(5, 1), money(1)] })),
    ["InputOutputMismatch", "There's an invalid surplus of HTR. (amount=1, expected=0)"],
  );
});

Deno.test("a relayed call uses its tokens by its actions too", () => {
  const { tx } = called({ actions: [withdraw(5, 1)], outputs: [], tokens: [GOLD] });
  const now = {
    ...context,
    now: tx.timestamp,
    network: { ...network, skippedVerification: new Set<string>() },
  };
  const [, unused] = refusalOf(() =>
    verifyTransactionAlone(now, withHeader(tx, { actions: [deposit(5)] }))
  );
  const [code] = refusalOf(() => verifyTransactionAlone(now, tx));
  assertEquals([unused, code], ["unused tokens are not allowed", "NCInvalidSignature"]);
});
