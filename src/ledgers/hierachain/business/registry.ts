import { createHash } from "node:crypto";
import type { PyObject } from "../../../python/json.ts";
import { writeSortedRestJson } from "../../../python/json_write.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Command } from "../../../log/command.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Log } from "../../../log/log.ts";
import type { Projection } from "../../../log/projection.ts";
import { BUSINESS_LOG } from "../chain/names.ts";
import { readEvent } from "../event/event_facts.ts";

/** What is known by its name. */
export type Kind = "organization" | "channel" | "private_collection" | "contract";

/** What happens to such a thing. */
type Deed = "private_data" | "contract_execution";

const KINDS: ReadonlySet<string> = new Set<Kind>([
  "organization",
  "channel",
  "private_collection",
  "contract",
]);

/** A thing by its kind and its name. */
export interface Named {
  readonly kind: Kind;
  readonly name: string;
}

/** Keeps where the newest of each thing of a name is. */
export const businessProjection: Projection = {
  version: 1,
  apply({ type, keys: [key], offset }, rows) {
    if (KINDS.has(type) && key !== undefined) rows.set([type, key], offset);
  },
};

/** Characters of a name that is its own key: a key of the store has a bounded size. */
const KEY_CHARS = 300;

function keyOf(name: string): string {
  if (name.length <= KEY_CHARS) return `=${name}`;
  return `sha256:${createHash("sha256").update(name).digest("hex")}`;
}

function rowOf({ kind, name }: Named): RowKey {
  return [kind, keyOf(name)];
}

/**
 * Organisations, channels with their private collections and data, and contracts: one chain of the
 * log, in which every request is an event. Whatever is registered again under a name replaces what
 * was there.
 */
export class BusinessRegistry {
  readonly #chain: () => Chain;

  constructor(log: Log) {
    this.#chain = () => log.chain(BUSINESS_LOG);
  }

  async has(named: Named): Promise<boolean> {
    return await this.#chain().row(rowOf(named)) !== undefined;
  }

  /** What was last registered under a name. */
  async find(named: Named): Promise<PyObject | undefined> {
    const chain = this.#chain();
    const offset = await chain.row<number>(rowOf(named));
    const [event] = offset === undefined ? [] : await chain.read(offset, 1);
    return event && readEvent(String(event.data));
  }

  /**
   * Stores an entry, under the name that it is about; false where the thing that it needs is not
   * there. Throws `PyJsonWriteError` and the log's own errors.
   */
  async store(
    type: Kind | Deed,
    name: string,
    entry: PyObject,
    needed?: Named,
  ): Promise<boolean> {
    const data = writeSortedRestJson(entry);
    const command: Command<boolean> = async (tx) => {
      if (needed !== undefined && await tx.get(rowOf(needed)) === undefined) return false;
      await tx.emit({ type, keys: [keyOf(name)], data });
      return true;
    };
    return await this.#chain().execute(command);
  }
}
