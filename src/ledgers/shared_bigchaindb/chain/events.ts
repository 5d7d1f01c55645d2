import { Buffer } from "node:buffer";
import { base58Decode } from "../../../crypto/base58.ts";
import { pyStr } from "../../../python/str.ts";
import type { Fulfillment } from "../../../crypto/conditions/fulfillment.ts";
import { publicKeyText } from "../../../crypto/ed25519.ts";
import { sha3Hex } from "../../../crypto/hash.ts";
import { isPyObject, type PyJson, type PyObject, pyObject, valueAt } from "../../../python/json.ts";
import { parseStoredJson, parsingStoredJson } from "../../../python/json_parse.ts";
import { writeSpacedAsciiJson } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";
import { EVENT_KEYS } from "../../../kernel/limits.ts";
import type { NewEvent } from "../../../log/event.ts";
import { readingStored, readStored } from "../../../log/read_stored.ts";
import type { IndexEntry } from "./content_index.ts";
import type { Dialect, Recorded } from "./dialect.ts";
import { ownersOf } from "../transaction/owners.ts";
import { assetFacts } from "../transaction/asset.ts";
import { recordedInputs, recordedOutputs } from "../transaction/recorded.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import type { Validator } from "../rules/state.ts";
import { isHash, type Operation, type Transaction } from "../transaction/transaction.ts";

/**
 * The events of a chain. A transaction's type is its operation; its data is JSON of which the
 * beginning is that of its message on the stream, and the rest what GET shows:
 *
 *     {"height": 2, "asset_id": "…", "transaction": {"inputs": …, "id": "…"}}
 *
 * Its keys are the assets it is about and the public keys of those who signed it and of those who
 * can spend it. A block follows its transactions:
 *
 *     {"height": 2, "hash": "…", "transaction_ids": ["…"]}
 */
export const BLOCK = "BLOCK";

/** The validators that a chain begins with, before its first block. */
export const VALIDATORS = "VALIDATORS";

const TRANSACTION = ', "transaction": {';

/** A transaction ready to be recorded. */
export interface PreparedRecord {
  readonly transaction: Recorded;
  /** The members of its message between its height and its id. */
  readonly members: string;
  /** What GET shows of it. */
  readonly model: string;
  readonly keys: readonly string[];
  /** Undefined where contents are not indexed. */
  readonly entries: readonly IndexEntry[] | undefined;
}

/** One that was posted, ready for its block. */
export interface Prepared extends PreparedRecord {
  readonly transaction: Transaction;
}

/** Does in advance what needs no state, so that the block's command has less to do. */
export async function prepare(
  dialect: Dialect,
  transaction: Transaction,
  isIndexed: boolean,
): Promise<Prepared> {
  const model = dialect.modelOf(transaction);
  return { ...await prepareRecord(dialect, transaction, model, isIndexed), transaction };
}

/** The same for what is shown as `model`, of which it is known that it is in a block. */
export async function prepareRecord(
  dialect: Dialect,
  transaction: Recorded,
  model: PyObject,
  isIndexed: boolean,
): Promise<PreparedRecord> {
  const members = await inTurns(writing(dialect.assetMembers(transaction), "spacedAscii"));
  return {
    transaction,
    members: members.slice(1, -1),
    model: await inTurns(writing(model, "spacedAscii")),
    keys: filterKeys(dialect, transaction),
    entries: isIndexed ? await inTurns(dialect.contents.entriesOf(transaction)) : undefined,
  };
}

export function transactionEvent(prepared: PreparedRecord, height: number): NewEvent {
  const { transaction, members, model, keys } = prepared;
  return {
    type: transaction.operation,
    keys,
    data: `{"height": ${height}, ${members}, "transaction": ${model}}`,
    memo: prepared,
  };
}

/** Whether an event's keys are complete: it may have more than an event can carry. */
export function hasAllKeys(keys: readonly string[]): boolean {
  return keys.length < EVENT_KEYS;
}

function filterKeys(dialect: Dialect, transaction: Recorded): string[] {
  const keys = new Set(dialect.assetsOf(transaction).filter(isHash));
  for (const { fulfillment } of transaction.inputs) addSigners(fulfillment, keys);
  for (const output of transaction.outputs) {
    for (const owner of ownersOf(output)) keys.add(owner);
  }
  return [...keys].slice(0, EVENT_KEYS);
}

function addSigners(fulfillment: Fulfillment, keys: Set<string>): void {
  if (fulfillment.type === "ed25519-sha-256") keys.add(publicKeyText(fulfillment.publicKey));
  else for (const part of fulfillment.subfulfillments) addSigners(part, keys);
}

/** What GET shows of a transaction, out of its event's data. */
export function modelText(data: string): string {
  return data.slice(data.indexOf(TRANSACTION) + TRANSACTION.length - 1, -1);
}

/** The message on the stream, out of the event's data: `more` are members that follow. */
export function messageText(data: string, more = ""): string {
  // The id is the last member of what GET shows.
  const id = data.slice(-68, -2);
  return `${data.slice(0, data.indexOf(TRANSACTION))}, "transaction_id": ${id}${more}}`;
}

/** Reads what GET shows of a transaction from its event's data. Throws `damaged`. */
export function readModel(data: string): PyObject {
  return readStored(() => objectOf(parseStoredJson(modelText(data))));
}

/** As {@linkcode readModel}, a step at a time where it is long. */
export function readingModel(data: string): Steps<PyObject> {
  return readingStored(reading(data));
}

function* reading(data: string): Steps<PyObject> {
  return objectOf(yield* parsingStoredJson(modelText(data)));
}

function objectOf(model: PyJson): PyObject {
  if (!isPyObject(model)) throw new Error("it is not an object");
  return model;
}

/** Reads a transaction from its event's data. Throws `damaged`. */
export function readRecorded(data: string): Recorded {
  return readStored(() => recordedOf(readModel(data)));
}

/** What is recorded of a transaction that is shown as `model`. Throws where it is none. */
export function recordedOf(model: PyObject): Recorded {
  const id = pyStr(valueAt(model, "id"));
  // Checked before it was stored.
  const operation = pyStr(valueAt(model, "operation")) as Operation;
  const asset = valueAt(model, "assets") ?? valueAt(model, "asset") ?? null;
  return {
    id,
    operation,
    asset,
    ...assetFacts(id, operation, asset),
    metadata: valueAt(model, "metadata") ?? null,
    inputs: recordedInputs(valueAt(model, "inputs")),
    outputs: recordedOutputs(valueAt(model, "outputs")),
  };
}

/** What a block event says. */
export interface Block {
  readonly height: number;
  /** `app_hash` in the API: of the hash before it and of its transactions' ids. */
  readonly hash: string;
  readonly ids: readonly string[];
}

/** The block of `ids` after the one with `previousHash`. */
export function blockOf(height: number, previousHash: string, ids: readonly string[]): Block {
  return { height, ids, hash: sha3Hex(previousHash + sha3Hex(ids.join(""))) };
}

export function blockEvent({ height, hash, ids }: Block): NewEvent {
  const data = pyObject([["height", height], ["hash", hash], ["transaction_ids", ids]]);
  return { type: BLOCK, data: writeSpacedAsciiJson(data) };
}

/** Reads a block from its event's data. Throws `damaged`. */
export function readBlock(data: string): Block {
  const { height, hash, transaction_ids: ids } = readStored(() => JSON.parse(data));
  return { height, hash, ids };
}

export function validatorsEvent(validators: readonly Validator[]): NewEvent {
  return { type: VALIDATORS, data: JSON.stringify(validators) };
}

/** Reads the validators from their event's data. Throws `damaged`. */
export function readValidators(data: string): readonly Validator[] {
  return readStored(() => JSON.parse(data));
}

/** Validators as GET shows them. */
export function validatorsJson(validators: readonly Validator[]) {
  return validators.map(({ publicKey, power }) => ({
    public_key: {
      type: "ed25519-base64",
      value: Buffer.from(base58Decode(publicKey)).toString("base64"),
    },
    voting_power: power,
  }));
}
