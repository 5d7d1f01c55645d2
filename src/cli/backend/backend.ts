import type { ChainReport } from "../../log/verify.ts";
import type {
  ChainSummary,
  EventQuery,
  ImportedChain,
  OnProgress,
  Unreadable,
} from "../../server/admin/chain_tools.ts";
import type { ShownKey } from "../../server/admin/keys.ts";
import type { KeyRequest } from "../../server/keys/stored_key.ts";
import type { DamagedKept } from "../../log/kept.ts";
import type { Filter } from "../../log/follow.ts";
import type { RowDifference } from "../../log/rebuild.ts";

/** A key that was made, with its text: it is told this once. */
export interface NewKey extends ShownKey {
  readonly key: string;
}

/** Is told what a person who waits should know. */
export type Notice = (text: string) => void;

/** Which events of which chains are followed. */
export interface AllQuery {
  /** Patterns of chains' names. */
  readonly patterns: readonly string[];
  /** An offset that was told before, `-1` for the beginning or `now`; or a time. */
  readonly from: { readonly offset: string } | { readonly since: string };
  readonly filter: Filter;
}

/** What commands work on: a running server, or a store that no server has open. */
export interface Backend {
  /** The server's origin or the store's place, for messages. */
  readonly description: string;
  chains(prefix: string): AsyncIterable<ChainSummary>;
  /** Lines of the events there are now, several in one text. */
  read(chain: string, query: EventQuery): AsyncIterable<string>;
  /**
   * As {@linkcode read}, and then those to come, until `signal` is aborted. `notice` is told when the
   * server goes away, and when it is back.
   */
  follow(
    chain: string,
    query: EventQuery,
    signal: AbortSignal,
    notice: Notice,
  ): AsyncIterable<string>;
  /**
   * As {@linkcode follow}, of all chains of some patterns: a line for each event, as `/v1/all` tells
   * it.
   */
  followAll(query: AllQuery, signal: AbortSignal, notice: Notice): AsyncIterable<string>;
  /** Lines for {@linkcode import}; what cannot be read is left out and told. */
  export(
    chain: string,
    progress: OnProgress,
    unreadable: (what: Unreadable) => void,
  ): AsyncIterable<string>;
  /** Texts of whole lines of a backup: all chains, and what is kept beside them. */
  backup(): AsyncIterable<string>;
  import(lines: AsyncIterable<string>, progress: OnProgress): AsyncIterable<ImportedChain>;
  verify(chain: string, progress: OnProgress): Promise<ChainReport>;
  /** What ledgers keep beside their chains and cannot be read; a running server checks by itself. */
  damagedKept(): Promise<readonly DamagedKept[]>;
  /** The first row that is not what the log says. A running server's rows cannot be compared. */
  compareRows(chain: string): Promise<RowDifference | undefined>;
  rebuild(chain: string): Promise<{ readonly events: number }>;
  /** Makes the stream if it is not there, and appends batches of JSON messages, each once. */
  append(
    stream: string,
    batches: AsyncIterable<readonly string[]>,
    notice: Notice,
  ): AsyncIterable<number>;
  readonly keys: {
    list(): Promise<readonly ShownKey[]>;
    create(request: KeyRequest): Promise<NewKey>;
    revoke(id: string): Promise<ShownKey>;
  };
  close(): Promise<void>;
}
