/**
 * What a key may do to a chain: `read` it, `append` to it (and create or delete it), or `admin`:
 * everything, keys themselves included.
 */
export type Scope = "read" | "append" | "admin";

/** What one key lets its holder do. */
export interface Grant {
  /** Names the key without telling it: for logs and limits. */
  readonly id: string;
  /** Whether it counts no more. What was opened with it is closed when that comes. */
  readonly isOver: boolean;
  /** Whether it covers `scope` on a chain, by the chain's full name in the log. */
  allows(scope: Scope, chain: string): boolean;
}

/** Who may come in. */
export interface Access {
  /** Whether a key is needed at all. */
  readonly isRequired: boolean;
  /** What a key grants; undefined for one that is not known. Takes the same time for any wrong key. */
  grantOf(key: string): Grant | undefined;
  /** Hears of everybody who is turned away. */
  denied?(denial: Denial): void;
}

/** Why a request may not do what it asks for. */
export type Denial = "key_missing" | "key_invalid" | "forbidden";

/** What a request has to be allowed to do. Any good key will do where no chain is named. */
export interface Need {
  readonly scope: Scope;
  /** By its full name in the log. */
  readonly chain: string | undefined;
}

/** Any good key. */
export const ANY_KEY: Need = { scope: "read", chain: undefined };

/**
 * What whoever shows `key` is granted, if that covers what is needed; without a key everything,
 * where none is needed. Whoever is refused is counted.
 */
export function admit(
  access: Access,
  key: string | undefined,
  { scope, chain }: Need = ANY_KEY,
): Grant | Denial {
  if (!access.isRequired) return new Anyone(access);
  const grant = key === undefined ? undefined : access.grantOf(key);
  if (grant === undefined) {
    const denial = key === undefined ? "key_missing" : "key_invalid";
    access.denied?.(denial);
    return denial;
  }
  return chain !== undefined && isForbidden(access, grant, scope, chain) ? "forbidden" : grant;
}

/** Whether a grant does not cover something. Whoever is refused is counted. */
export function isForbidden(access: Access, grant: Grant, scope: Scope, chain: string): boolean {
  if (grant.allows(scope, chain)) return false;
  access.denied?.("forbidden");
  return true;
}

/** Everything, for as long as no key is needed. */
class Anyone implements Grant {
  readonly id = "anyone";
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  get isOver(): boolean {
    return this.#access.isRequired;
  }

  allows(): boolean {
    return true;
  }
}
