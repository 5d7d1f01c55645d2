import { pyStr } from "../../../python/str.ts";
import { isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import type { Rows } from "../../../log/projection.ts";
import { assetData } from "../transaction/asset.ts";
import type { Recorded } from "./dialect.ts";
import {
  type ChainStatus,
  changeHeight,
  type ElectionRecord,
  electionRecord,
  withVotes,
} from "../rules/election_outcome.ts";
import { changedValidators, votesOf } from "../rules/elections.ts";
import { electionRow, VALIDATOR_SETS, type ValidatorSet, VOTES } from "./rows.ts";

/** An election with what it proposes. */
type ElectionRow = ElectionRecord & {
  /** Undefined for a migration. */
  readonly change?: {
    readonly public_key: { readonly type: string; readonly value: string };
    readonly power: number;
  };
};

/** The votes that elections got in the open block. */
type Votes = readonly (readonly [election: string, votes: string])[];

/** Keeps the election that a transaction begins, if it does. */
export function beginElection(
  recorded: Recorded,
  height: number,
  rows: Rows,
): void {
  const record = electionRecord(recorded, height);
  if (record === undefined) return;
  const isChange = record.operation === "VALIDATOR_ELECTION";
  const change = isChange ? { change: changeOf(assetData(recorded.asset)) } : {};
  rows.set(electionRow(recorded.id), { ...record, ...change } satisfies ElectionRow);
}

function changeOf(data: PyJson | undefined): NonNullable<ElectionRow["change"]> {
  const fields = isPyObject(data) ? data : {};
  const key = valueAt(fields, "public_key");
  const keyFields = isPyObject(key) ? key : {};
  return {
    public_key: {
      type: pyStr(valueAt(keyFields, "type")),
      value: pyStr(valueAt(keyFields, "value")),
    },
    power: Number(valueAt(fields, "power")),
  };
}

/** Counts the votes that a transaction gives, until its block is closed. */
export async function countVotes(recorded: Recorded, rows: Rows): Promise<void> {
  const given = votesOf(recorded);
  if (given === 0n) return;
  const votes = new Map(await rows.get<Votes>(VOTES) ?? []);
  const before = BigInt(votes.get(recorded.assetId) ?? "0");
  votes.set(recorded.assetId, `${before + given}`);
  rows.set(VOTES, [...votes]);
}

/**
 * Concludes the elections that the votes of the block at `height` decide. A migration that is won
 * changes nothing: there is no Tendermint chain beneath this one to be started anew.
 */
export async function closeVotes(height: number, rows: Rows): Promise<void> {
  const votes = await rows.get<Votes>(VOTES);
  if (votes === undefined) return;
  rows.delete(VOTES);
  const last = height - 1;
  let sets = await rows.get<readonly ValidatorSet[]>(VALIDATOR_SETS) ?? [];
  for (const [id, given] of votes) {
    const record = await rows.get<ElectionRow>(electionRow(id));
    if (record === undefined) continue;
    const after = { ...record, ...withVotes(record, BigInt(given), statusOf(sets, last)) };
    rows.set(electionRow(id), after);
    if (!after.isConcluded || record.isConcluded || after.change === undefined) continue;
    const set = changedValidators(sets.at(-1)?.set ?? [], after.change)
      .map(({ publicKey, power }) => ({ publicKey, power }));
    sets = [...sets, { since: changeHeight(last), set }];
  }
  const inForce = sets.findLastIndex(({ since }) => since <= last);
  rows.set(VALIDATOR_SETS, sets.slice(Math.max(0, inForce)));
}

function statusOf(sets: readonly ValidatorSet[], height: number): ChainStatus {
  return {
    height,
    validatorsSince: sets.findLast(({ since }) => since <= height)?.since ?? 0,
    nextValidatorsSince: sets.at(-1)?.since ?? 0,
    isMigrating: false,
  };
}
