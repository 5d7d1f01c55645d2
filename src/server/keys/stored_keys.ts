import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Grant, Scope } from "../../web/access.ts";
import type { Log } from "../../log/log.ts";
import { keysChain } from "./key_store.ts";
import { keyHash } from "./secret.ts";
import { changeOf, type KeyChange, OWN_PREFIX, type StoredKey } from "./stored_key.ts";

const logger = getLogger(["ledgerline", "keys"]);

/** Milliseconds between tries to follow the chain of keys while the store is away. */
const RETRY_MS = 1_000;

/** A timer's longest wait that every runtime takes, with a margin. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * The stored keys in the memory of one process, which follows the chain of keys. While the store does
 * not answer, the keys last known stay valid.
 */
export class StoredKeys {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #byHash = new Map<string, StoredGrant>();
  readonly #byId = new Map<string, StoredGrant>();
  readonly #stopping = new AbortController();
  /** Those who wait until an offset is reached, with the offset. */
  readonly #waiting = new Map<() => void, number>();
  #next = 0;
  /** Whether there may be keys that cannot be read: then a key is needed in any case. */
  #isDamaged = false;
  /** The damage at which following ended: waiting for an offset after it throws that. */
  #damage: LedgerError | undefined;
  #cancelExpiry: (() => void) | undefined;
  #following: Promise<void> | undefined;

  /** `onChange` is called after every change of what keys there are and which still count. */
  constructor(log: Log, onChange: () => void) {
    this.#log = log;
    this.#clock = log.clock;
    this.#onChange = onChange;
  }

  /** Whether there has ever been a key. Revoking the last one must not let everybody in. */
  get isAny(): boolean {
    return this.#byId.size > 0 || this.#isDamaged;
  }

  /**
   * What a key grants. It is looked up by its hash, so timing tells nothing about keys that exist.
   */
  grantOf(key: string): Grant | undefined {
    const grant = this.#byHash.get(keyHash(key));
    return grant === undefined || grant.isOver ? undefined : grant;
  }

  /** The name of a key, by its id. */
  nameOf(id: string): string | undefined {
    return this.#byId.get(id)?.name;
  }

  /**
   * Begins; resolves when every key stored so far is known. Where they cannot be read, keys are
   * needed and only those before the damage, and the listed ones, are known. Throws what the store
   * says.
   */
  async start(): Promise<void> {
    try {
      await this.#follow(true);
    } catch (error) {
      if (!this.#isStopped(error)) throw error;
      logger.error("only listed keys are known: {error}", { error: error.message });
    }
    await this.#endExpired();
    this.#following = this.#followOn();
  }

  /**
   * Resolves when every event before the offset counts in this process. Throws `damaged` where one
   * before it cannot be read.
   */
  async reached(next: number): Promise<void> {
    if (this.#next >= next || this.#stopping.signal.aborted) return;
    if (this.#damage === undefined) {
      await new Promise<void>((resolve) => this.#waiting.set(resolve, next));
    }
    if (this.#next < next && this.#damage !== undefined) throw this.#damage;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelExpiry?.();
    for (const resolve of this.#waiting.keys()) resolve();
    await this.#following;
  }

  /**
   * Ends the keys that were over by the store's last commit, whatever this process's clock says. All
   * chains are asked for it, and only where a key may be over at all.
   */
  async #endExpired(): Promise<void> {
    const grants = [...this.#byId.values()].filter(({ expiresAt }) => expiresAt < Infinity);
    if (grants.length === 0) return;
    const latest = await this.#latestTime();
    for (const grant of grants) grant.endBy(latest);
    this.#awaitExpiry();
  }

  /** The time of the last commit of all chains that can be read. */
  async #latestTime(): Promise<number> {
    let latest = 0;
    try {
      for await (const { head } of this.#log.chains()) latest = Math.max(latest, head.time);
    } catch (error) {
      // Damage of other chains is told where they are served.
      if (!isDamage(error)) throw error;
    }
    return latest;
  }

  async #followOn(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow(false);
      } catch (error) {
        if (error instanceof LedgerError && error.code === "closed") return;
        this.#isStopped(error);
        logger.error("keys cannot be followed: {error}", { error: messageOf(error) });
        await sleep(this.#clock, RETRY_MS, signal);
      }
    }
  }

  /** Whether the chain of keys is damaged where it was read to; nobody waits for more then. */
  #isStopped(error: unknown): error is LedgerError {
    if (!isDamage(error)) return false;
    this.#isDamaged = true;
    this.#damage = error;
    for (const resolve of this.#waiting.keys()) resolve();
    this.#waiting.clear();
    return true;
  }

  async #follow(isCatchUp: boolean): Promise<void> {
    const from = { at: "offset", offset: this.#next } as const;
    const { signal } = this.#stopping;
    for await (const told of keysChain(this.#log).follow({ from, signal })) {
      if (told.kind === "event") {
        const change = changeOf(told.event);
        if (change !== undefined) this.#take(change);
        this.#next = told.event.offset + 1;
        this.#damage = undefined;
        this.#release();
      } else if (isCatchUp) return;
    }
  }

  #take(change: KeyChange): void {
    if (change.kind === "created") {
      const grant = new StoredGrant(change.key, this.#clock);
      this.#byHash.set(change.key.hash, grant);
      this.#byId.set(change.key.id, grant);
      this.#awaitExpiry();
    } else {
      this.#byId.get(change.id)?.revoke();
    }
    this.#onChange();
  }

  #release(): void {
    for (const [resolve, wanted] of this.#waiting) {
      if (wanted > this.#next) continue;
      this.#waiting.delete(resolve);
      resolve();
    }
  }

  #awaitExpiry(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    let earliest = Infinity;
    for (const grant of this.#byId.values()) {
      if (!grant.isOver) earliest = Math.min(earliest, grant.expiresAt);
    }
    if (earliest === Infinity) return;
    const wait = Math.min(LONGEST_WAIT_MS, earliest - this.#clock.now());
    this.#cancelExpiry = this.#clock.after(wait, () => {
      this.#onChange();
      this.#awaitExpiry();
    });
  }
}

/** One stored key. */
class StoredGrant implements Grant {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch; Infinity for never. */
  readonly expiresAt: number;
  readonly #scopes: readonly Scope[];
  readonly #covers: readonly ((chain: string) => boolean)[];
  readonly #clock: Clock;
  /** Revoked, or seen to have expired: a clock that is put back brings no key to life. */
  #isEnded = false;
  readonly #createdAt: number;

  constructor(key: StoredKey, clock: Clock) {
    const { id, name, scopes, chains, expiresAt, createdAt } = key;
    this.id = id;
    this.name = name;
    this.expiresAt = expiresAt ?? Infinity;
    this.#scopes = scopes;
    this.#covers = chains.map(covering);
    this.#clock = clock;
    this.#createdAt = createdAt;
  }

  /** Ends where it was over by a time that has been. */
  endBy(time: number): void {
    // Where it was made under a clock that was behind the log, only the clock counts.
    this.#isEnded ||= this.expiresAt <= time && this.expiresAt > this.#createdAt;
  }

  get isOver(): boolean {
    this.#isEnded ||= this.#clock.now() >= this.expiresAt;
    return this.#isEnded;
  }

  allows(scope: Scope, chain: string): boolean {
    if (this.isOver) return false;
    const isAdmin = this.#scopes.includes("admin");
    if (!isAdmin && !this.#scopes.includes(scope)) return false;
    // The server's own chains are no ledger's: who has which key is not for every reader.
    if (!isAdmin && chain.startsWith(OWN_PREFIX)) return false;
    return this.#covers.some((covers) => covers(chain));
  }

  revoke(): void {
    this.#isEnded = true;
  }
}

function covering(pattern: string): (chain: string) => boolean {
  if (!pattern.endsWith("*")) return (chain) => chain === pattern;
  const prefix = pattern.slice(0, -1);
  return (chain) => chain.startsWith(prefix);
}
