import { type ErrorCode, LedgerError, messageOf } from "../../kernel/errors.ts";
import type { OpenedStore } from "../../kv/reading.ts";
import type { Head } from "../../log/head.ts";
import type { Certificate } from "../edge/tls.ts";
import type { CountsMemory } from "./shared_counts.ts";
import type { RateMemory } from "./shared_rate.ts";

/** A port that the fronts serve. */
export interface ClaimedPort {
  /** `main`, or the setting that names a native port. */
  readonly app: string;
  /** Addresses to listen on. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** What all threads of a server count in. */
export interface SharedMemory {
  readonly connections: CountsMemory;
  readonly places: CountsMemory;
  readonly rate: RateMemory | undefined;
  /** By column: how many commits the front was sent. */
  readonly sent: SharedArrayBuffer;
  /** By column: moves while the front is served by its event loop. */
  readonly beats: SharedArrayBuffer;
}

/** What a front is begun with. */
export interface FrontStart {
  /** The settings in force, by name. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly given: readonly string[];
  readonly store: OpenedStore;
  readonly certificate: Certificate | undefined;
  readonly ports: readonly ClaimedPort[];
  /** When the server began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly memory: SharedMemory;
  /** Which of the columns is this front's. */
  readonly column: number;
  readonly threads: number;
  /** Whether its ledgers may have to be made anew. */
  readonly isRenewable: boolean;
  /** What the program shares with its fronts. */
  readonly shared: unknown;
}

/** A line of the log, with its line feed. */
export interface LoggedLine {
  /** As it is written. */
  readonly text: string;
  /** As JSON, to be shown elsewhere. */
  readonly json: string;
  /** Whether it is written at all: a terminal is told less than is kept to be shown. */
  readonly isWritten: boolean;
}

/** A request as it is handed over, with its body where that was read ahead. */
export interface HandedParts {
  readonly app: string;
  readonly method: string;
  readonly url: string;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: Uint8Array<ArrayBuffer> | "streamed" | undefined;
  readonly address: string;
  readonly isForeign: boolean;
}

/** An answer as it is given back; more of a body that is streamed has to be asked for. */
export interface AnswerParts {
  readonly status: number;
  /** The reason phrase; HTTP's own where it is empty. */
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  readonly isStreamed: boolean;
}

/** An error on its way from one thread to another. */
export interface ToldError {
  /** Left out where it is none of the log's. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number>>;
}

/** A part of a body that was asked for: no part at its end. */
interface BodyPart {
  readonly kind: "part";
  readonly id: number;
  readonly part?: Uint8Array<ArrayBuffer> | undefined;
  readonly error?: string | undefined;
}

/** What both sides say of bodies that are streamed. */
export type BodyMessage =
  | BodyPart
  /** More of the body is wanted. */
  | { readonly kind: "pull"; readonly id: number }
  /** No more of it is. */
  | { readonly kind: "stop"; readonly id: number };

/** In place of a chain, which has a name: the commits of all of them. */
export const EVERY_CHAIN = "";

/** What a front says to the owner. */
export type ToOwner =
  | BodyMessage
  | { readonly kind: "request"; readonly id: number; readonly request: HandedParts }
  /** The client of a request has gone. */
  | { readonly kind: "gone"; readonly id: number }
  | { readonly kind: "task"; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: "survey"; readonly id: number; readonly name: string; readonly input: unknown }
  /** What a survey has found here. */
  | { readonly kind: "told"; readonly id: number; readonly value: unknown }
  | { readonly kind: "listen" | "silence"; readonly chain: string }
  | { readonly kind: "log"; readonly line: LoggedLine }
  /** The store was found damaged. */
  | { readonly kind: "damaged"; readonly how: string }
  | { readonly kind: "listens" }
  | { readonly kind: "failed"; readonly error: ToldError }
  | { readonly kind: "drained"; readonly isOrderly: boolean };

/** What the owner says to a front. */
export type ToFront =
  | BodyMessage
  | { readonly kind: "begin"; readonly start: FrontStart }
  | { readonly kind: "answer"; readonly id: number; readonly answer: AnswerParts }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: ToldError }
  | { readonly kind: "ask"; readonly id: number; readonly name: string; readonly input: unknown }
  | {
    readonly kind: "commit";
    readonly chain: string;
    readonly head: Head;
    readonly records: readonly Uint8Array[];
  }
  /** Commits of a chain are told of from here on. */
  | { readonly kind: "listening"; readonly chain: string }
  | {
    readonly kind: "ring";
    readonly chain: string;
    readonly head: Head | undefined;
    readonly source: "watch" | "poll";
  }
  | { readonly kind: "silent"; readonly chain: string; readonly error: ToldError }
  /** Another front hangs, and gets connections that nobody serves. */
  | { readonly kind: "widen" }
  | { readonly kind: "drain" };

/** An error as it is told to another thread. */
export function toldError(error: unknown): ToldError {
  if (!(error instanceof LedgerError)) return { message: messageOf(error) };
  const { code, message, details } = error;
  return { code, message, details };
}

/** The error that was told. */
export function errorOf({ code, message, details }: ToldError): Error {
  return code === undefined ? new Error(message) : new LedgerError(code, message, details);
}
