import { nanoHeaderOf } from "../vertex/headers.ts";
import { ALL_AUTHORITIES, MELT_BIT, MINT_BIT } from "../vertex/output.ts";
import { HTR_UID, tokenUidAt, type Transaction } from "../vertex/vertex.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

/** What a call does with a token, by the original's name of it. */
export interface ContractAction {
  readonly type: "DEPOSIT" | "WITHDRAWAL" | "GRANT_AUTHORITY" | "ACQUIRE_AUTHORITY";
  readonly uid: string;
  /** Of a deposit or a withdrawal. */
  readonly amount: bigint;
  /** Whether it is about the authority to mint, or to melt. */
  readonly mint: boolean;
  readonly melt: boolean;
}

/** The types by their numbers, from 1 on. */
const TYPES = ["DEPOSIT", "WITHDRAWAL", "GRANT_AUTHORITY", "ACQUIRE_AUTHORITY"] as const;

const MAX_ACTIONS = 16;

/**
 * The actions of a transaction's call, in order; none for one that calls no contract.
 *
 * @throws {VertexRefusal} an action without its token, or an authority that there is not
 */
export function contractActions(tx: Transaction): ContractAction[] {
  return (nanoHeaderOf(tx)?.actions ?? []).map(({ type: number, tokenIndex, amount }) => {
    const type = TYPES[number - 1];
    if (type === undefined) throw new RangeError(`${number} is no type of actions`);
    const uid = tokenUidAt(tx, tokenIndex);
    if (uid === undefined) throw invalidAction(`${type} token index ${tokenIndex} not found`);
    if (isMoney(type)) {
      return { type, uid, amount, mint: false, melt: false };
    }
    if (amount > ALL_AUTHORITIES) {
      throw invalidAction(
        `action ${type} token ${uid} invalid authorities: 0b${amount.toString(2)}`,
      );
    }
    if (uid === HTR_UID) throw invalidAction(`${type} action cannot be executed on HTR token`);
    const [mint, melt] = [(amount & MINT_BIT) !== 0n, (amount & MELT_BIT) !== 0n];
    return { type, uid, amount: 0n, mint, melt };
  });
}

/** Asserts that the actions of a call are few enough, and go together. */
export function assertActions({ features }: RuleContext, tx: Transaction): void {
  const actions = contractActions(tx);
  if (actions.length > MAX_ACTIONS) {
    throw invalidAction(`more actions than the max allowed: ${actions.length} > ${MAX_ACTIONS}`);
  }
  for (const [uid, ofToken] of Map.groupBy(actions, ({ uid }) => uid)) {
    const types = new Set(ofToken.map(({ type }) => type));
    const money = [...types].filter(isMoney).length;
    if (money > 1 || types.size - money > 1) {
      throw invalidAction(`conflicting actions for token ${uid}`);
    }
    if (features.RESTRICT_DUP_ACTIONS && types.size !== ofToken.length) {
      throw invalidAction(`duplicate actions for token ${uid}`);
    }
  }
}

/** Whether a type is about an amount, and not about authorities. */
function isMoney(type: ContractAction["type"]): boolean {
  return type === "DEPOSIT" || type === "WITHDRAWAL";
}

/** The refusal of an action. */
export function invalidAction(message: string): VertexRefusal {
  return new VertexRefusal("NCInvalidAction", message);
}
