import type { Hono } from "hono";
import type { z } from "zod";
import type { Clock } from "../kernel/clock.ts";
import type { Settings } from "../kernel/setting.ts";
import type { EventBatch } from "../log/event_batch.ts";
import type { Log } from "../log/log.ts";
import type { Projection } from "../log/projection.ts";
import type { FollowPart } from "../remote/followed.ts";
import type { Deliveries } from "./deliveries.ts";
import type { HandOver, Owner } from "./owner.ts";
import type { Shared } from "./shared.ts";
import type { Words } from "./words.ts";

/** What the server gives each ledger. */
export interface LedgerContext extends Shared {
  readonly log: Log;
  readonly clock: Clock;
  /** When the server began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whoever may change chains, where connections are perhaps elsewhere. */
  readonly owner: Owner;
  /** The projection of a chain of whichever ledger has it; undefined for a name that none has. */
  projectionOf(chain: string): Projection | undefined;
  /** All ledgers that the server speaks for. */
  readonly ledgers: readonly LedgerDefinition[];
  /** Values of the settings by name, each the output of its own schema. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How a ledger's own clients know the events of a chain. */
export interface ToldForm {
  /** An event's data as they know it: one text of JSON. */
  data(batch: EventBatch, index: number): string | Promise<string>;
}

/** What a form may be made with. */
export type FormContext = Pick<LedgerContext, "log" | "clock" | "settings">;

/** What the server tells every handler of a request beside the request. */
export interface RequestEnv {
  Bindings: {
    /** Address of the peer. */
    readonly remoteAddress: string;
    /** Whether a page of somebody else asks, which may cause nothing. False where left out. */
    readonly isForeign?: boolean;
    /** Hands the request to the owner of the log; left out where that answers it itself. */
    readonly handOver?: HandOver | undefined;
  };
}

/** Routes of one ledger, the same under its prefix and on its own ports. */
export type LedgerApp = Hono<RequestEnv>;

/** Accounts that everybody knows, for trying and for tests. */
export interface KnownAccounts {
  /** The words they are made of (BIP 39). */
  readonly words: string;
  /** How, for whoever makes them with a library of his own. */
  readonly derivation: string;
  readonly accounts: readonly KnownAccount[];
}

/** One of them; keys are as the ledger's clients write them. */
export interface KnownAccount {
  /** What is paid to it; its public key where a ledger has no addresses. */
  readonly address: string;
  readonly publicKey: string;
  readonly privateKey: string;
  /** What it owns from the beginning. */
  readonly holds?: string;
  /** What it owns now. */
  readonly balance?: string;
}

/** A payment that a developer asks for. */
export interface PaymentRequest {
  readonly address: string;
  /** In the smallest unit. */
  readonly amount: bigint;
  /** Of what, where that is not the ledger's own coin: one that there is, or one to be made. */
  readonly token?: string | { readonly name: string; readonly symbol: string } | undefined;
  /** What is given, where that is an asset of its own: any JSON. */
  readonly data?: unknown;
}

/** Why something is refused. */
export interface Rejection {
  readonly message: string;
  /** The name of the rule, where the ledger has such names; its usual one where left out. */
  readonly code?: string | undefined;
}

/** What became of blocks: hashes of those that do not count any more, and of those that do. */
export interface ReplacedBlocks {
  readonly replaced: readonly string[];
  readonly blocks: readonly string[];
}

/** What was done at a server that is copied here. */
export interface Effect {
  readonly chain: string;
  /** Whether it is in the copy. */
  isHere(): Promise<boolean>;
}

/** A ledger at work. */
export interface Ledger {
  /**
   * Adds its routes to an app. `port` names which of its native ports the app serves; undefined
   * for the main port, under the ledger's prefix.
   */
  routes(app: LedgerApp, port: string | undefined): void;
  /** Adds what it has of the main port beside its prefix: the paths that its definition names. */
  rootRoutes?(app: LedgerApp): void;
  /**
   * Called before `start` where the store is a copy of another, or chains have gone back, to end what
   * clients hold of what came after. The chains that `isOver` names have a new epoch then. It may be
   * called again.
   */
  beginNewLife?(isOver: (chain: string) => boolean): Promise<void>;
  /** Why a chain of its cannot go back while others stay as they are; undefined where it can. */
  whyTogether?(chain: string): Promise<string | undefined>;
  /** Begins whatever it does by itself, such as closing blocks. */
  start(): Promise<void>;
  /**
   * Begins what it does by itself where another server decides what its chains have; nothing where
   * left out.
   */
  startCopy?(): Promise<void>;
  /** Ends that. */
  stop(): Promise<void>;
  /**
   * When it has something to do, though nobody writes or asks: in milliseconds since the epoch, and
   * undefined for never. What `stop` does is left out.
   */
  nextDue?(): Promise<number | undefined>;
  /** Accounts that everybody knows, where whoever tries it has use for them. */
  accounts?(): Promise<KnownAccounts>;
  /**
   * Mines blocks at once, for a developer's own network; their hashes. Throws RangeError where none
   * can be mined at the time that it is. Left out where nothing is mined, or the network is shared.
   */
  mine?(blocks: number): Promise<readonly string[]>;
  /**
   * Has blocks mined from now on when something waits for them, never, or every so many milliseconds.
   * Left out where nothing is mined by itself.
   */
  setPace?(pace: "auto" | "off" | number): void;
  /**
   * Pays whoever asks on a developer's own network; what names the payment. Throws RangeError for what
   * cannot be paid.
   */
  pay?(payment: PaymentRequest): Promise<string>;
  /** Replaces the last blocks by others. Throws RangeError where that cannot be. */
  reorganise?(depth: number): Promise<ReplacedBlocks>;
  /**
   * Has a transaction lose to another that spends the same; what names the other. Throws RangeError
   * where that cannot be.
   */
  doubleSpend?(id: string): Promise<string>;
  /**
   * How it refuses what a request submits, as if a rule were broken; undefined for a request that
   * submits nothing.
   */
  rejection?(request: Request, why: Rejection): Response | undefined;
  /** What it tells to others by itself, such as by webhooks. */
  readonly deliveries?: Deliveries;
  /** The name of its network, where it has one. */
  readonly network?: string;
  /**
   * What an answer of the server that is copied says to have been done; undefined where it says
   * nothing, and where left out.
   */
  effectOf?(asked: Request, answer: Response): Effect | undefined;
  /** Ends whatever keeps a request waiting, as the server begins to stop. */
  drain?(): void;
  /**
   * Whether its routes hand over themselves what is for the owner of the log, once they have let it
   * in. Where left out, every request that may change something goes there as it comes.
   */
  readonly handsOver?: boolean;
  /** How it says no; in problems where left out. */
  readonly words?: Words;
  /** Headers of its answers that pages may read, as in `Access-Control-Expose-Headers`. */
  readonly exposedHeaders?: string;
}

/**
 * A ledger that this server can speak for. A new one is its own folder, and one line of the
 * registry.
 */
export interface LedgerDefinition {
  /** The first part of its chains' names, and its prefix on the main port. */
  readonly name: string;
  readonly title: string;
  /** Where it is on every port, instead of under its name on the main one. */
  readonly mount?: string;
  /** Whether bytes of a path that are no UTF-8 are told as U+FFFD; see `asked_path.ts`. */
  readonly decodesPaths?: boolean;
  /** Other paths of the main port that are its own. */
  readonly roots?: readonly string[];
  /** Its own settings; each one that names a native port is listed in `ports`. */
  readonly settings: Settings;
  readonly ports: readonly string[];
  /**
   * A line for a shell that shows it at work, as it stands and as often as it is run, given where it
   * is: the address of its first port, or the main one's with its prefix.
   */
  readonly firstStep: (base: string) => string;
  /** The path of its events' WebSocket, which its last port has. */
  readonly eventsPath?: string;
  /** The projection of one of its chains, for tools that know a chain by its name alone. */
  projectionOf(chain: string): Projection | undefined;
  /**
   * How its clients know the events of one of its chains. Undefined, or left out, where that is how
   * they lie in the log.
   */
  formOf?(
    chain: string,
    context: FormContext,
  ): ToldForm | undefined | Promise<ToldForm | undefined>;
  /** Paths on its own ports at which it tells of its API in its own way: `/docs`, `/openapi.json`. */
  readonly ownDocuments?: readonly string[];
  /** What the data of its events is, by their types, as {@linkcode formOf} has it. */
  readonly eventTypes?: Readonly<Record<string, z.ZodType>>;
  /**
   * What its clients are told of this server beside its chains, which a mirror of it has to tell as
   * well: a short text; undefined where that is not known yet.
   */
  ownFact?(
    log: Log,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<string | undefined>;
  /** How it follows a remote of its own kind; left out where it has no `--<name>-follow`. */
  readonly follow?: FollowPart;
  /** What it needs of the machine, for `doctor`: whether it is well, and what is found. */
  examine?(
    settings: Readonly<Record<string, unknown>>,
  ): Promise<readonly (readonly ["ok" | "look", string])[]>;
  create(context: LedgerContext): Promise<Ledger>;
}

/** Where a ledger is on the main port. */
export function prefixOf({ name, mount }: LedgerDefinition): string {
  return mount ?? `/${name}`;
}
