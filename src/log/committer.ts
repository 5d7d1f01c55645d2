import { LedgerError } from "../kernel/errors.ts";
import {
  CHECKS_AT_ONCE,
  CHECKS_PER_COMMIT,
  COMMIT_BYTES,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  COMMITS_AT_ONCE,
} from "../kernel/limits.ts";
import { isTracing, traced } from "../kernel/traces.ts";
import { type CommitResult, type Mutation, type Store, UnknownOutcomeError } from "../kv/store.ts";
import type { PreparedCommit } from "./commit.ts";
import { headKey } from "./keys.ts";
import { checksOf, type Others } from "./others.ts";

/** What a group writes, its chain's new head among it. */
export type ChainWrite =
  & Pick<PreparedCommit, "sets" | "deletes" | "size">
  & Partial<Pick<PreparedCommit, "others">>;

/** A chain's group that waits to be written, and who waits for its end. */
interface Share {
  readonly chain: string;
  readonly prepared: ChainWrite;
  /** Of the head that it follows. */
  readonly versionstamp: string | null;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes the groups of all chains of one store. A store syncs once for each atomic operation, however
 * much is in it: while one is under way the groups that come wait, and the next takes as many of them
 * as one may hold, each under its own check. To its chain a group is a commit of its own, and ends as
 * {@linkcode Store.commit} does: a check that fails, or a refusal, is the group's own and no
 * neighbour's. Of two of which one depends on the other's chain, or each on that of the other, the later
 * goes in a later operation: in one, each check would hold, and both would be in.
 *
 * Groups are taken in the order they came, and smaller ones behind one that has no room any more ride
 * along. As a chain has one group here at a time, each operation takes the first that waits, and a
 * chain that floods gets no more of them than any other.
 */
export class Committer {
  readonly #store: Store;
  readonly #checks: number;
  readonly #atOnce: number;
  readonly #waiting = new Set<Share>();
  #sent = 0;
  #isBegun = false;

  constructor(store: Store) {
    this.#store = store;
    // A file is ours alone; a store that others write as well is a server's, and those take less.
    this.#checks = store.exclusive ? CHECKS_AT_ONCE : CHECKS_PER_COMMIT;
    this.#atOnce = store.exclusive ? 1 : COMMITS_AT_ONCE;
  }

  /** Writes a group if the chain's head is still of that version, as {@linkcode Store.commit} does. */
  commit(
    chain: string,
    prepared: ChainWrite,
    versionstamp: string | null,
  ): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ chain, prepared, versionstamp, resolve, reject });
      if (this.#isBegun) return;
      this.#isBegun = true;
      // Those of the same turn go together.
      queueMicrotask(() => {
        this.#isBegun = false;
        this.#begin();
      });
    });
  }

  #begin(): void {
    while (this.#sent < this.#atOnce && this.#waiting.size > 0) {
      this.#sent++;
      void this.#send(this.#take(), [...this.#waiting]).then(() => {
        this.#sent--;
        this.#begin();
      });
    }
  }

  /** The first that waits, and of those behind it as many as there is room for. */
  #take(): Share[] {
    const taken = new Map<string, Share>();
    /** Chains that those taken depend on. */
    let named: Set<string> | undefined;
    let checks = 0;
    let mutations = 0;
    let keyBytes = 0;
    let bytes = 0;
    for (const share of this.#waiting) {
      if (checks === this.#checks) break;
      const { size, others } = share.prepared;
      const needed = 1 + (others?.size ?? 0);
      // Two writers of one chain stand on the same head, and only one may have it.
      const isRoom = !taken.has(share.chain) && checks + needed <= this.#checks &&
        mutations + size.mutations <= COMMIT_MUTATIONS &&
        keyBytes + size.keyBytes <= COMMIT_KEY_BYTES && bytes + size.bytes <= COMMIT_BYTES;
      if (!isRoom && taken.size > 0) continue;
      if (named?.has(share.chain) || dependsOn(others, taken)) continue;
      if (others !== undefined) named = new Set([...named ?? [], ...others.keys()]);
      checks += needed;
      mutations += size.mutations;
      keyBytes += size.keyBytes;
      bytes += size.bytes;
      taken.set(share.chain, share);
    }
    const shares = [...taken.values()];
    for (const share of shares) this.#waiting.delete(share);
    return shares;
  }

  /**
   * Sends shares in one operation, or in several where not all of them can be in. Never throws;
   * returns why the store did not answer, where it did not. `left` are those that had no room.
   */
  async #send(shares: readonly Share[], left: readonly Share[]): Promise<unknown> {
    let result: CommitResult;
    try {
      const mutation = joined(shares);
      result = !isTracing() ? await this.#store.commit(mutation) : await traced(
        "ledger.commit",
        { "ledger.chains": shares.length },
        () => this.#store.commit(mutation),
      );
    } catch (error) {
      if (shares.length > 1 && mayBeOfOne(error)) return await this.#sendHalves(shares, left);
      for (const { reject } of shares) reject(error);
      if (!(error instanceof UnknownOutcomeError)) return undefined;
      // Each operation of a store that hangs takes seconds: nobody waits for more than two.
      for (const share of left) if (this.#waiting.delete(share)) share.reject(error);
      return error;
    }
    if (result !== undefined || shares.length === 1) {
      for (const { resolve } of shares) resolve(result);
      return undefined;
    }
    const stale = await this.#stale(shares);
    if (stale.size === 0) return await this.#sendHalves(shares, left);
    for (const { resolve } of stale) resolve(undefined);
    const rest = shares.filter((share) => !stale.has(share));
    return rest.length === 0 ? undefined : await this.#send(rest, left);
  }

  async #sendHalves(shares: readonly Share[], left: readonly Share[]): Promise<unknown> {
    const half = Math.ceil(shares.length / 2);
    const unanswered = await this.#send(shares.slice(0, half), left);
    if (unanswered === undefined) return await this.#send(shares.slice(half), left);
    for (const { reject } of shares.slice(half)) reject(unanswered);
    return unanswered;
  }

  /** Those whose check fails; none where the store does not say. */
  async #stale(shares: readonly Share[]): Promise<Set<Share>> {
    try {
      const checks = shares.map(ownChecks);
      const heads = await this.#store.getMany(checks.flat().map(({ key }) => key));
      let at = 0;
      const isStale = ({ versionstamp }: Check) => heads[at++]?.versionstamp !== versionstamp;
      // Of each all are counted, whichever fails.
      return new Set(shares.filter((_, of) => (checks[of] ?? []).filter(isStale).length > 0));
    } catch {
      return new Set();
    }
  }
}

type Check = Mutation["checks"][number];

/** The head that a share follows, and those of the chains that it depends on. */
function ownChecks({ chain, versionstamp, prepared }: Share): Check[] {
  return [{ key: headKey(chain), versionstamp }, ...checksOf(prepared.others)];
}

function dependsOn(others: Others | undefined, taken: ReadonlyMap<string, Share>): boolean {
  return others !== undefined && [...others.keys()].some((chain) => taken.has(chain));
}

function joined(shares: readonly Share[]): Mutation {
  return {
    checks: shares.flatMap(ownChecks),
    sets: shares.flatMap(({ prepared }) => prepared.sets),
    deletes: shares.flatMap(({ prepared }) => prepared.deletes),
  };
}

/** What a store may refuse shares together with, and one by one only the one at fault. */
const OF_ONE = new Set(["too_large", "store_full", "damaged"]);

/** Whether neighbours need not hear of an error. It may name what is another's, too. */
function mayBeOfOne(error: unknown): boolean {
  return !(error instanceof LedgerError) || OF_ONE.has(error.code);
}
