/** What is done to a server so that its store holds something of everything. */
import { sighashOf } from "../../../src/ledgers/hathor/vertex/sighash.ts";
import { sealVertex } from "../../../src/ledgers/hathor/vertex/seal.ts";
import { encodeVertex } from "../../../src/ledgers/hathor/vertex/encode.ts";
import { genesisOf } from "../../../src/ledgers/hathor/networks/genesis.ts";
import { decodeNetworkAddress } from "../../../src/ledgers/hathor/networks/address.ts";
import { addressOfScript, scriptOfAddress } from "../../../src/ledgers/hathor/script/patterns.ts";
import { TokenVersion, type Transaction, type TxOutput, VertexVersion } from "../../../src/ledgers/hathor/vertex/vertex.ts";
import { writeSpacedAsciiJson } from "../../../src/python/json_write.ts";
import { type PyJson, type PyObject, valueAt } from "../../../src/python/json.ts";
import { base58Decode } from "../../../src/crypto/base58.ts";
import { electionKey } from "../../../src/ledgers/shared_bigchaindb/rules/elections.ts";
import { keyOutput, Person, signed } from "../../ledgers/shared_bigchaindb/builder.ts";
import { networkOf } from "../../ledgers/hathor/support/vectors.ts";
import { Signer } from "../../ledgers/hathor/support/wallet_keys.ts";
import { ask, asked, open, pause, until } from "./talk.ts";

const network = networkOf("privatenet");
const signer = new Signer(network);

/** BigchainDB's only validator, to begin with: elections are decided at once. */
export const VALIDATOR = new Person("validator");

/** Hathor: what the genesis has is paid to two addresses, paid again to others, and made a token of. */
export async function spendGenesis(origin: string): Promise<Record<string, string>> {
  const [output] = genesisOf(network).block.outputs;
  if (output === undefined) throw new RangeError("a genesis without an output");
  const owner = addressOfScript(network, output.script) ?? "";
  const genesis = { txId: network.genesis.blockHash, index: 0, owner };
  const [one, two] = ["WRTFYzhTHkfYwub8EWVtAcUgbdUpsYMBpb", "WhpJeUtBLrDHbKDoMC9ffMxwHqvsrNzTFV"];
  const pay = await push(origin, [genesis], [htr(1_000, one), htr(99_999_999_000, owner)]);
  const token = await push(origin, [{ txId: pay, index: 0, owner: one }], [
    htr(999, one),
    { ...htr(100, one), tokenData: 1 },
    // To mint and to melt.
    { ...htr(1, one), tokenData: 129 },
    { ...htr(2, one), tokenData: 129 },
  ], true);
  const again = sealVertex(unplaced([genesis], [htr(100_000_000_000, two)]));
  return { pay, token, one, two, owner, again: encodeVertex(again).toHex() };
}

interface Coin {
  readonly txId: string;
  readonly index: number;
  readonly owner: string;
}

function htr(value: number, to: string): TxOutput {
  const script = scriptOfAddress(network, decodeNetworkAddress(network, to));
  if (script === undefined) throw new RangeError(`${to} cannot be paid`);
  return { value: BigInt(value), tokenData: 0, script };
}

async function push(
  origin: string,
  coins: readonly Coin[],
  outputs: readonly TxOutput[],
  isToken = false,
): Promise<string> {
  const fields = unplaced(coins, outputs, isToken);
  const hex = encodeVertex(sealVertex(fields)).toHex();
  const job = await asked(origin, "POST", "/hathor/tx-mining/submit-job", {
    tx: hex,
    propagate: true,
    add_parents: true,
  });
  const done = await until("a job is done", async () => {
    const path = `/hathor/tx-mining/job-status?job-id=${job.job_id}`;
    const state = await asked(origin, "GET", path);
    if (state.status === "failed") throw new Error(state.message);
    return state.status === "done" && state;
  });
  const { nonce, parents, timestamp, weight } = done.tx;
  return sealVertex({ ...fields, nonce: parseInt(nonce, 16), parents, timestamp, weight }).hash;
}

/** A signed transaction that has no place in the graph yet. */
function unplaced(coins: readonly Coin[], outputs: readonly TxOutput[], isToken = false) {
  const spends = coins.map(({ txId, index }) => ({ txId, index, data: new Uint8Array() }));
  const common = {
    signalBits: 0,
    outputs,
    weight: 1,
    timestamp: Math.floor(Date.now() / 1_000),
    parents: [],
    nonce: 0,
    headers: [],
  };
  const fieldsWith = (inputs: Transaction["inputs"]) =>
    isToken
      ? {
        ...common,
        inputs,
        version: VertexVersion.tokenCreation,
        tokenVersion: TokenVersion.deposit,
        tokenName: "Small Coin",
        tokenSymbol: "SML",
      } as const
      : { ...common, inputs, version: VertexVersion.transaction, tokens: [] } as const;
  const sighash = sighashOf(fieldsWith(spends));
  const inputs = spends.map((spend, at) => ({
    ...spend,
    data: signer.sign(coins[at]?.owner ?? "", sighash),
  }));
  return fieldsWith(inputs);
}

/** HieraChain: two chains with events and closed blocks, and a proof of one of them. */
export async function fillHieraChain(origin: string): Promise<void> {
  for (const [chain, count] of [["supply", 60], ["parts", 5]] as const) {
    await ask(origin, "POST", `/hierachain/api/ledger/chains/${chain}/create`, undefined, 201);
    const events = Array.from({ length: count }, (_, at) => ({
      entity_id: `E-${at % 7}`,
      event_type: at % 3 === 0 ? "made" : "moved",
      details: { number: at, word: "größer ✓", half: 0.5 },
    }));
    await asked(origin, "POST", `/hierachain/api/ledger/chains/${chain}/events/batch`, events);
  }
  // Blocks close a second after their first event.
  await pause(2_500);
  await ask(origin, "POST", "/hierachain/api/ledger/chains/supply/submit-proof", undefined, 0);
  await pause(2_500);
}

/** BigchainDB and Planetmint: an asset that moves on, one that is split, and an election. */
export async function fillBigchain(
  origin: string,
  name: "bigchaindb" | "planetmint",
): Promise<Record<string, string>> {
  const [alice, bob] = [new Person("alice"), new Person("bob")];
  const isOld = name === "bigchaindb";
  const version = isOld ? "2.0" : "3.0";
  const post = async (transaction: PyObject) => {
    const { status, text } = await ask(
      origin,
      "POST",
      `/${name}/api/v1/transactions?mode=commit`,
      writeSpacedAsciiJson(transaction),
      202,
    );
    if (status !== 202) throw new Error(text);
    return String(valueAt(transaction, "id"));
  };
  const created = (text: string): Record<string, PyJson> =>
    isOld ? { asset: { data: { words: text } } } : { assets: [{ data: text }] };
  const moved = (id: string): Record<string, PyJson> =>
    isOld ? { asset: { id } } : { assets: [{ id }] };
  const one = await post(signed({
    operation: "CREATE",
    members: { ...created(isOld ? "a bicycle" : "QmA"), version },
    outputs: [alice.output(10)],
    inputs: [{ by: alice }],
  }));
  const two = await post(signed({
    operation: "TRANSFER",
    members: { ...moved(one), version },
    outputs: [bob.output(4), alice.output(6)],
    inputs: [{ by: alice, fulfills: { transactionId: one, outputIndex: 0 } }],
  }));
  const three = await post(signed({
    operation: "CREATE",
    members: { ...created(isOld ? "a boat" : "QmB"), version },
    outputs: [bob.output(1)],
    inputs: [{ by: bob }],
  }));
  const known = { one, two, three, alice: alice.publicKey, bob: bob.publicKey };
  if (!isOld) return known;
  const key = { type: "ed25519-base64", value: bob.bytes.toBase64() };
  const election = await post(signed({
    operation: "VALIDATOR_ELECTION",
    members: { asset: { data: { node_id: "n2", public_key: key, power: 1 } }, version },
    outputs: [VALIDATOR.output(10)],
    inputs: [{ by: VALIDATOR }],
  }));
  const votes = electionKey(election);
  await post(signed({
    operation: "VOTE",
    members: { asset: { id: election }, version },
    outputs: [keyOutput(votes, base58Decode(votes), 10)],
    inputs: [{ by: VALIDATOR, fulfills: { transactionId: election, outputIndex: 0 } }],
  }));
  return { ...known, election };
}

/** Streams: of JSON and of bytes, with a producer, closed, with an end, and a subscription. */
export async function fillStreams(origin: string): Promise<void> {
  const put = (path: string, headers: Record<string, string>, body?: string) =>
    open(origin, "PUT", `/v1/stream/${path}`, headers, body);
  const post = (path: string, headers: Record<string, string>, body: string) =>
    open(origin, "POST", `/v1/stream/${path}`, headers, body);
  const json = { "content-type": "application/json" };
  await put("numbers", json);
  for (let at = 0; at < 5; at++) {
    await post("numbers", json, `[{"n":${2 * at}},{"n":${2 * at + 1}}]`);
  }
  await put("notes", { "content-type": "text/plain" });
  for (const part of ["one ", "größer ", "✓"]) {
    await post("notes", { "content-type": "text/plain" }, part);
  }
  await put("produced", json);
  for (let seq = 0; seq < 3; seq++) {
    await post("produced", {
      ...json,
      "producer-id": "p",
      "producer-epoch": "0",
      "producer-seq": String(seq),
    }, `[${seq}]`);
  }
  await put("ended", { ...json, "stream-closed": "true" }, "[1]");
  await put("brief", { ...json, "stream-ttl": "1" }, "[1]");
  await put("long", { ...json, "stream-expires-at": "2199-01-01T00:00:00Z" }, "[1]");
  await put("gone", json, "[1]");
  await open(origin, "DELETE", "/v1/stream/gone", {});
  await put(
    "__ds/subscriptions/worker",
    json,
    '{"type":"pull-wake","streams":["numbers"],"wake_stream":"wakes"}',
  );
}
