import { z } from "zod";
import { withoutSlashes } from "./names.ts";

/** The most stars of a pattern: matching backtracks over each. */
const STARS = 16;

/** A pattern as {@linkcode matchesGlob} takes it; slashes at its ends are no part of it. */
export const globPattern = z.string().min(1).max(256).transform(withoutSlashes)
  .refine((given) => given.isWellFormed(), "is not well formed")
  .refine((given) => given.split("/").every((part) => part !== ""), "has no empty parts")
  .refine((given) => given.split("*").length <= STARS + 1, `has up to ${STARS} stars`);

/**
 * Whether a path matches a pattern (PROTOCOL.md, section 6.2): `**` stands for any number of
 * segments, none included, and `*` for one segment, or for a part of one. The work is at the most
 * the product of both lengths, whatever the pattern.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  const segments = path.split("/");
  /** The segments at which the rest of the pattern may begin: the states of its automaton. */
  let reached = new Set([0]);
  for (const part of pattern.split("/")) {
    const next = new Set<number>();
    if (part === "**") {
      const first = Math.min(...reached);
      for (let at = first; at <= segments.length; at++) next.add(at);
    } else {
      for (const at of reached) {
        const segment = segments[at];
        if (segment !== undefined && matchesSegment(part, segment)) next.add(at + 1);
      }
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(segments.length);
}

/** Matches with backtracking to the last star alone, which is enough for globs. */
function matchesSegment(part: string, segment: string): boolean {
  if (part === "*") return true;
  let at = 0;
  let star = -1;
  let from = 0;
  for (let place = 0; place < segment.length;) {
    if (part[at] === "*") {
      star = at++;
      from = place;
    } else if (part[at] === segment[place]) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++from;
    } else return false;
  }
  while (part[at] === "*") at++;
  return at === part.length;
}
