// Types of the `@std` modules this project uses. The published code arrives as plain JavaScript
// without declarations, so what is used of it is declared here, and nothing else.

declare module "@std/ulid" {
  /** A ULID for `seedTime` (milliseconds since the epoch, now by default) with 80 random bits. */
  export function ulid(seedTime?: number): string;
  /** The milliseconds since the epoch that `ulid` was made at. Throws on malformed text. */
  export function decodeTime(ulid: string): number;
}

declare module "@std/http/status" {
  /** Reason phrase by status code. */
  export const STATUS_TEXT: Readonly<Record<number, string>>;
}

declare module "@std/toml" {
  /** Parses TOML. Throws `SyntaxError` with the line. */
  export function parse(text: string): Record<string, unknown>;
}

declare module "@std/fmt/bytes" {
  /** A number of bytes for people: `1.34 kB`. */
  export function format(bytes: number, options?: { binary?: boolean }): string;
}
