/**
 * What a follower knows of a remote: another server whose events are taken into the log here. A
 * remote has **lines**, each of which numbers what is in it from 0 without a gap: its chains, its
 * blocks by height, its one queue of events. A dialect says how to ask, and how to read what comes;
 * whoever keeps what came says how far it has come. The follower knows the rest.
 */

/** A piece of a line: what has the ids from `first` on and before `next`. */
export interface RemotePiece<Item> {
  readonly first: number;
  readonly next: number;
  readonly item: Item;
  /** How much memory it takes, about. */
  readonly bytes: number;
  /** When the last of it was made, in milliseconds since the epoch, by the remote's clock. */
  readonly time: number;
  /** The id after the last that the line has, where the remote tells with a piece how far it goes. */
  readonly told?: number;
}

/** What a remote tells. `of` names which life of its line something is of, where lines have such. */
export type RemoteNews<Item> =
  | {
    readonly kind: "piece";
    readonly line: string;
    readonly of: string;
    readonly piece: RemotePiece<Item>;
  }
  /** A line goes as far as that: a doorbell. What is missing is asked for; `mark` is of its end. */
  | {
    readonly kind: "end";
    readonly line: string;
    readonly of: string;
    readonly next: number;
    readonly mark: string;
  }
  /** A line is no more. */
  | { readonly kind: "gone"; readonly line: string }
  /** All lines that there were when the connection began have been named. */
  | { readonly kind: "named" };

/** A remote that has answered. */
export interface RemoteConnection<Item> {
  /** Names this life of the remote: its stream id, its genesis, its store. */
  readonly life: string;
  /** What it tells, until the connection ends. Throws what ended it. */
  news(): AsyncIterable<RemoteNews<Item>>;
  /** What a line has from an id on, up to `next` at least; ends early where it has that no more. */
  fill(line: string, of: string, from: number, next: number): AsyncIterable<RemotePiece<Item>>;
  /** Whether a line that is here, and was not named, is no more: it may be kept from whoever asks. */
  isGone?(line: string): Promise<boolean>;
  /** All before `next` is durable here. */
  acknowledge?(line: string, next: number): void;
}

/** How a kind of remote is asked. */
export interface RemoteDialect<Item> {
  /** Its name in logs and metrics. */
  readonly name: string;
  /** Where it is, without anything that is secret. */
  readonly address: string;
  /** Throws `remote_away`, `remote_refused` and `remote_invalid`. */
  connect(signal: AbortSignal): Promise<RemoteConnection<Item>>;
}

/**
 * Keeps what a remote tells. What is kept is under the remote's own ids, in the same commit that says
 * how far it has come, so that a crash repeats nothing and loses nothing.
 */
export interface RemoteKeeper<Item> {
  /** Which life of the remote it has something of. */
  life(): Promise<string | undefined>;
  /** Begins with a life. Throws `remote_not_mine` where there is something here already. */
  begin(life: string): Promise<void>;
  /**
   * The id that comes next on a line. What is here of another life of the line goes, since the
   * remote has it no more.
   */
  next(line: string, of: string): Promise<number>;
  /** Takes pieces that follow each other, all or nothing, or as far as each is whole. */
  commit(line: string, of: string, items: readonly Item[]): Promise<void>;
  /** Holds what is here to the mark that the remote has for a line's end. Throws `chain_differs`. */
  check(line: string, next: number, mark: string): Promise<void>;
  /** A line is no more. */
  gone(line: string): Promise<void>;
  /** Lines that are here, and not among those that the remote has named. */
  unnamed?(named: ReadonlySet<string>): AsyncIterable<string>;
}
