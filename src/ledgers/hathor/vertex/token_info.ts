import { malformed } from "./format_error.ts";
import { TokenVersion } from "./vertex.ts";
import type { VertexReader } from "./vertex_reader.ts";

/** What a token creation says of its token. */
export interface TokenInfo {
  readonly tokenVersion: TokenVersion;
  readonly tokenName: string;
  readonly tokenSymbol: string;
}

// A byte order mark is a character like any other here.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeTokenInfo(reader: VertexReader): TokenInfo {
  const tokenVersion = reader.u8();
  if (!isTokenVersion(tokenVersion)) throw malformed(`unknown token version: ${tokenVersion}`);
  const name = reader.bytes(reader.u8());
  const symbol = reader.bytes(reader.u8());
  return {
    tokenVersion,
    tokenName: textOf(name, "Token name"),
    tokenSymbol: textOf(symbol, "Token symbol"),
  };
}

function isTokenVersion(value: number): value is TokenVersion {
  return value === TokenVersion.native || value === TokenVersion.deposit ||
    value === TokenVersion.fee;
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw malformed(`${what} must be a valid utf-8 string.`);
  }
}
