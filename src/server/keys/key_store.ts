import type { Chain } from "../../log/chain.ts";
import type { Log } from "../../log/log.ts";
import type { Command } from "../../log/command.ts";
import { isKeyId, keyHash, newSecret } from "./secret.ts";
import {
  KEY_ROWS,
  keyCreated,
  type KeyRequest,
  keyRow,
  KEYS_CHAIN,
  revokedEvent,
  type StoredKey,
} from "./stored_key.ts";

/** Keys read at once. */
const LISTED = 500;

/** The chain of keys of a log. */
export function keysChain(log: Log): Chain {
  return log.chain(KEYS_CHAIN);
}

/** A key after a change, and the offset after the change's event. */
export interface KeyChanged {
  readonly key: StoredKey;
  readonly next: number;
}

/**
 * Makes, lists and revokes the keys of a store. Every server on the store follows the chain of keys,
 * so a change takes effect everywhere within a moment.
 */
export class KeyStore {
  readonly #chain: Chain;

  constructor(log: Log) {
    this.#chain = keysChain(log);
  }

  /** Makes a key. Its text is returned here once; what is kept is its hash. */
  async create(request: KeyRequest): Promise<KeyChanged & { readonly secret: string }> {
    const { id, key: secret } = newSecret();
    const { name, scopes, chains, expiresAt } = request;
    const event = keyCreated({
      id,
      name,
      scopes: [...new Set(scopes)],
      chains: [...new Set(chains)],
      hash: keyHash(secret),
      expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    });
    const changed = await this.#chain.execute(async (tx) => {
      await tx.emit(event);
      const key = await tx.get<StoredKey>(keyRow(id));
      if (key === undefined) throw new Error("a created key has no row");
      return { key, next: tx.next };
    });
    return { ...changed, secret };
  }

  /** Every key there ever was, in order of id. */
  async list(): Promise<StoredKey[]> {
    const keys: StoredKey[] = [];
    for (;;) {
      const last = keys.at(-1);
      const from = last === undefined ? undefined : keyRow(`${last.id}\0`);
      const rows = await this.#chain.rows<StoredKey>(KEY_ROWS, LISTED, { from });
      for (const { value } of rows) keys.push(value);
      if (rows.length < LISTED) return keys;
    }
  }

  /** Revokes a key, once and for good; undefined where there is none of that id. */
  revoke(id: string): Promise<KeyChanged | undefined> {
    const command: Command<KeyChanged | undefined> = async (tx) => {
      const known = await tx.get<StoredKey>(keyRow(id));
      if (known === undefined) return undefined;
      if (known.revokedAt === null) await tx.emit(revokedEvent(id));
      const key = await tx.get<StoredKey>(keyRow(id)) ?? known;
      return { key, next: tx.next };
    };
    return isKeyId(id) ? this.#chain.execute(command) : Promise.resolve(undefined);
  }
}
