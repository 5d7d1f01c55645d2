import type { AnswerCode } from "./answer.ts";
import type { LineFlaw } from "./vertex_line.ts";

/** Why a line was not taken in. */
export type LineFault = AnswerCode | LineFlaw["code"] | "missing_dependency";

/** A line that was not taken in. */
export interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly code: LineFault;
  readonly message: string;
}

/** What has become of the lines so far. */
export interface ImportCounts {
  readonly lines: number;
  /** Vertices that are in the store now and were not. */
  readonly taken: number;
  /** Vertices that were in the store, or came twice. */
  readonly known: number;
  readonly refused: number;
}

/** How an import tells of itself. */
export interface ImportTeller {
  refused(line: RefusedLine): Promise<void>;
  progress(counts: ImportCounts): Promise<void>;
}
