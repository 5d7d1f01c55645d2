import type { WireRequest } from "../wire.ts";

/** Something heavy: requests that are sent at once, or messages of one socket. */
export interface Heavy {
  readonly name: string;
  /** What has to be there before, each sent when the one before it is answered. */
  readonly prepare?: () => readonly WireRequest[];
  readonly requests?: () => readonly WireRequest[];
  readonly socket?: {
    readonly path: string;
    readonly messages: () => readonly string[];
    /** What the last message that is waited for has in it; without it none is. */
    readonly last?: string;
  };
}

export const KIB = 1_024;
export const MIB = 1_024 * KIB;

/** Characters of a request's line that servers and proxies let through. */
export const LINE = 14_000;

export function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** A text of JSON with as many elements as go into so many bytes. */
export function list(bytes: number, element: string): string {
  return `[${times(Math.floor((bytes - 2) / (element.length + 1)), () => element).join(",")}]`;
}

/** Lists in lists. */
export function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}
