import { matchesGlob } from "../chain/glob.ts";
import type { Config } from "./state.ts";

/**
 * Whether a subscription's pattern matches a stream. Never its own wake stream: each wake would cause
 * another.
 */
export function isMatched({ pattern, wakeStream }: Config, path: string): boolean {
  return pattern !== null && path !== wakeStream && matchesGlob(pattern, path);
}
