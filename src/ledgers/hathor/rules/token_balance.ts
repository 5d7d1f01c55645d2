import type { Network } from "../networks/network.ts";
import { feeHeaderOf } from "../vertex/headers.ts";
import { ALL_AUTHORITIES, canMelt, canMint, isAuthority, tokenIndexOf } from "../vertex/output.ts";
import {
  HTR_UID,
  isTokenCreation,
  tokenUidAt,
  TokenVersion,
  type Transaction,
  type TxOutput,
} from "../vertex/vertex.ts";
import type { Dependencies } from "./context.ts";
import { type ContractAction, contractActions, invalidAction } from "./nano_actions.ts";
import { depositFor, totalFee, withdrawalFor } from "./fees.ts";
import { VertexRefusal } from "./refusal.ts";

/** What a transaction does with one token. */
export interface TokenChange {
  /** Undefined where nobody knows the token. */
  readonly version: TokenVersion | undefined;
  /** What comes out more than goes in: minted if positive, melted if negative. */
  amount: bigint;
  canMint: boolean;
  canMelt: boolean;
  /** Outputs and inputs that a fee is asked for. */
  chargeableOutputs: number;
  chargeableInputs: number;
}

/** What a transaction does with each token that it touches, HTR the first. */
export type TokenChanges = ReadonlyMap<string, TokenChange>;

/**
 * Adds up inputs, outputs and fees. Inputs that spend what does not exist are left out.
 *
 * @throws {VertexRefusal} an output of a token, or of an authority, that no input has
 */
export function tokenChanges(tx: Transaction, dependencies: Dependencies): TokenChanges {
  const changes = new Map([[HTR_UID, changeOf(TokenVersion.native)]]);
  for (const { txId, index } of tx.inputs) {
    const spent = dependencies.vertex(txId);
    const output = spent?.outputs[index];
    if (spent === undefined || output === undefined) continue;
    const uid = tokenUidAt(spent, tokenIndexOf(output)) ?? HTR_UID;
    let change = changes.get(uid);
    if (change === undefined) {
      change = changeOf(dependencies.tokenVersion(uid));
      changes.set(uid, change);
    }
    addInput(change, output);
  }
  if (isTokenCreation(tx)) {
    const created = { ...changeOf(tx.tokenVersion), canMint: true, canMelt: true };
    changes.set(tx.hash, created);
  }
  for (const action of contractActions(tx)) {
    const known = changes.get(action.uid) ?? changeOf(dependencies.tokenVersion(action.uid));
    changes.set(action.uid, known);
    addAction(known, action);
  }
  addOutputs(changes, tx);
  addFees(changes, tx);
  return changes;
}

function changeOf(version: TokenVersion | undefined): TokenChange {
  return {
    version,
    amount: 0n,
    canMint: false,
    canMelt: false,
    chargeableOutputs: 0,
    chargeableInputs: 0,
  };
}

function addInput(change: TokenChange, output: TxOutput): void {
  if (isAuthority(output)) {
    change.canMint ||= canMint(output);
    change.canMelt ||= canMelt(output);
    return;
  }
  change.amount -= output.value;
  if (change.version === TokenVersion.fee) change.chargeableInputs++;
}

/** What is deposited goes out of the transaction, and what is withdrawn comes in. */
function addAction(change: TokenChange, { type, uid, amount, mint, melt }: ContractAction): void {
  const isFeeToken = change.version === TokenVersion.fee;
  switch (type) {
    case "DEPOSIT":
      change.amount += amount;
      if (isFeeToken) change.chargeableOutputs++;
      return;
    case "WITHDRAWAL":
      change.amount -= amount;
      if (isFeeToken) change.chargeableInputs++;
      return;
    case "GRANT_AUTHORITY": {
      const lacks = mint && !change.canMint ? "mint" : melt && !change.canMelt ? "melt" : undefined;
      if (lacks === undefined) return;
      throw invalidAction(`${type} token ${uid} requires ${lacks}, but no input has it`);
    }
    case "ACQUIRE_AUTHORITY":
      change.canMint ||= mint;
      change.canMelt ||= melt;
  }
}

function addOutputs(changes: TokenChanges, tx: Transaction): void {
  for (const [index, output] of tx.outputs.entries()) {
    const uid = tokenUidAt(tx, tokenIndexOf(output)) ?? HTR_UID;
    const change = changes.get(uid);
    if (change === undefined) throw invalidToken(`no inputs for token ${uid}`);
    if (canMint(output) && !change.canMint) {
      throw invalidToken(`output at index ${index} has mint authority, but no input has it`);
    }
    if (canMelt(output) && !change.canMelt) {
      throw invalidToken(`output at index ${index} has melt authority, but no input has it`);
    }
    if (isAuthority(output)) {
      if (output.value <= ALL_AUTHORITIES) continue;
      throw invalidToken(`Invalid authorities in output (0b${output.value.toString(2)})`);
    }
    change.amount += output.value;
    if (change.version === TokenVersion.fee) change.chargeableOutputs++;
  }
}

function addFees(changes: TokenChanges, tx: Transaction): void {
  for (const { tokenIndex, amount } of feeHeaderOf(tx)?.fees ?? []) {
    const uid = tokenUidAt(tx, tokenIndex) ?? HTR_UID;
    const change = changes.get(uid);
    if (change === undefined) throw invalidToken(`no inputs/actions for token ${uid}`);
    if (change.version === TokenVersion.fee) {
      throw invalidToken(`token ${uid} cannot be used to pay fees`);
    }
    change.amount += amount;
  }
}

/**
 * Asserts that what is minted and melted may be, and that HTR pays for exactly that. A call may name
 * tokens that nobody knows until it is executed: then only what it cannot make good is looked at.
 */
export function assertBalance(
  network: Network,
  tx: Transaction,
  changes: TokenChanges,
  { mayBeUnknown = false }: { readonly mayBeUnknown?: boolean } = {},
): void {
  let expected = 0n;
  let isUnknown = false;
  for (const [uid, change] of changes) {
    if (uid === HTR_UID) continue;
    assertPermitted(uid, change);
    if (change.version === undefined) {
      isUnknown = true;
      if (mayBeUnknown) continue;
      throw new VertexRefusal("TokenNotFound", `token uid ${uid} not found.`);
    }
    if (change.version !== TokenVersion.deposit) continue;
    if (change.amount < 0n) expected += withdrawalFor(network, -change.amount);
    else expected -= depositFor(network, change.amount);
  }
  const actual = changes.get(HTR_UID)?.amount ?? 0n;
  if (actual > expected) throw unbalanced("surplus", actual, expected);
  if (isUnknown) return;
  assertFee(network, tx, changes);
  if (actual < expected) throw unbalanced("deficit", actual, expected);
}

function assertPermitted(uid: string, { amount, canMint, canMelt }: TokenChange): void {
  if (amount < 0n && !canMelt) {
    throw new VertexRefusal(
      "ForbiddenMelt",
      `${amount} ${uid} tokens melted, but there is no melt authority input`,
    );
  }
  if (amount > 0n && !canMint) {
    throw new VertexRefusal(
      "ForbiddenMint",
      `${amount} ${uid} tokens minted, but there is no mint authority input`,
    );
  }
}

function assertFee(network: Network, tx: Transaction, changes: TokenChanges): void {
  const header = feeHeaderOf(tx);
  const paid = header === undefined ? 0n : totalFee(network, tx, header);
  const expected = expectedFee(network, changes);
  if (paid === expected) return;
  throw new VertexRefusal(
    "InputOutputMismatch",
    `Fee amount is different than expected. (amount=${paid}, expected=${expected})`,
  );
}

/** Each output of a fee token costs; where there is none, all its inputs together cost as one. */
function expectedFee(network: Network, changes: TokenChanges): bigint {
  let charged = 0;
  for (const { chargeableOutputs, chargeableInputs } of changes.values()) {
    charged += chargeableOutputs > 0 ? chargeableOutputs : Math.min(chargeableInputs, 1);
  }
  return BigInt(charged) * network.feePerOutput;
}

function unbalanced(what: string, amount: bigint, expected: bigint): VertexRefusal {
  return new VertexRefusal(
    "InputOutputMismatch",
    `There's an invalid ${what} of HTR. (amount=${amount}, expected=${expected})`,
  );
}

function invalidToken(message: string): VertexRefusal {
  return new VertexRefusal("InvalidToken", message);
}
