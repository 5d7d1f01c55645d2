/**
 * What a key may do to a chain: `read` it, `append` to it (and create or delete it), or `admin`:
 * everything, keys themselves included.
 */
export type Scope = "read" | "append" | "admin";

/** What one key lets its holder do. */
export interface Grant {
  /** Names the key without telling it: for logs and limits. */
  readonly id: string;
  /** Whether it covers `scope` on a chain, by the chain's full name in the log. */
  allows(scope: Scope, chain: string): boolean;
}

/** Who may come in. */
export interface Access {
  /** Whether a key is needed at all. */
  readonly isRequired: boolean;
  /** What a key grants; undefined for one that is not known. Takes the same time for any wrong key. */
  grantOf(key: string): Grant | undefined;
}

/** Why a request may not do what it asks for. */
export type Denial = "key_missing" | "key_invalid" | "forbidden";

/** Whether the holder of `key` may do something; undefined when nothing is against it. */
export function denialOf(
  access: Access,
  key: string | undefined | null,
  scope: Scope,
  chain: string,
): Denial | undefined {
  if (!access.isRequired) return undefined;
  if (key === undefined || key === null || key === "") return "key_missing";
  const grant = access.grantOf(key);
  if (grant === undefined) return "key_invalid";
  return grant.allows(scope, chain) ? undefined : "forbidden";
}
