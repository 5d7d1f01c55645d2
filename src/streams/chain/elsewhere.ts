import { z } from "zod";
import { OTHERS_PER_COMMIT } from "../../kernel/limits.ts";
import type { Draft } from "../../log/command.ts";
import { badRequest, conflict } from "./errors.ts";
import { layoutOf, placeOf } from "./layout.ts";
import { checkedName, escapedName } from "./names.ts";
import { presenceOf, type VersionedState } from "./state.ts";
import { parseToken, tokenOf } from "./token.ts";

/** Where other streams have to end for an append to be done: offsets by their names, `-1` where one is empty. */
export type Elsewhere = ReadonlyMap<string, string>;

/** A stream as an append to another finds it. */
export interface FoundStream extends VersionedState {
  /** The log's name of its chain. */
  readonly chain: string;
}

/** Looks at a stream as it is now. */
export type Look = (name: string) => Promise<FoundStream>;

/** Characters of an offset, with room. */
const OFFSET_CHARS = 128;

/** Names of streams with offsets, as they come on a socket. */
export const elsewhereForm = z.record(
  z.string().refine((name) => name.isWellFormed()),
  z.string().max(OFFSET_CHARS),
)
  .refine((named) => Object.keys(named).length <= OTHERS_PER_COMMIT, "names too many streams");

/**
 * Reads the header `Stream-Expected-Elsewhere`, a list of `name=offset`, the names escaped as in a
 * URL; undefined where there is none. Throws 400.
 */
export function readElsewhere(headers: Headers, own: string): Elsewhere | undefined {
  const given = headers.get("stream-expected-elsewhere");
  if (given === null) return undefined;
  const pairs = given.split(",", OTHERS_PER_COMMIT + 1).map((pair): [string, string] => {
    const [name = "", offset = "", ...more] = pair.trim().split("=");
    if (more.length > 0) throw invalid("each is name=offset");
    try {
      return [decodeURIComponent(name), offset];
    } catch {
      throw invalid("a name is not well escaped");
    }
  });
  return elsewhereOf(pairs, own);
}

/** What {@linkcode readElsewhere} reads. */
export function elsewhereText(named: Elsewhere): string {
  return [...named].map(([name, offset]) => `${escapedName(name)}=${offset}`).join(",");
}

/** The same of names that are not escaped. Throws 400. */
export function elsewhereOf(
  pairs: readonly (readonly [string, string])[],
  own: string,
): Elsewhere | undefined {
  if (pairs.length > OTHERS_PER_COMMIT) {
    throw invalid(`an append may depend on ${OTHERS_PER_COMMIT} other streams`);
  }
  const named = new Map(pairs.map(([name, offset]) => [checkedName(name), offset]));
  if (named.size < pairs.length) throw invalid("a stream is named twice");
  if (named.has(own)) throw invalid("the stream itself is not another");
  for (const offset of named.values()) if (offset !== "-1") parseToken(offset);
  return named.size === 0 ? undefined : named;
}

function invalid(why: string): Error {
  return badRequest("elsewhere_invalid", `Of the streams that are expected elsewhere, ${why}`);
}

/**
 * Refuses an append where another stream does not end where it is expected to, with 409 and that end;
 * otherwise it depends on them: whatever comes to one of them first makes the command run again.
 */
export async function dependOnElsewhere(
  tx: Draft,
  elsewhere: Elsewhere,
  look: Look,
): Promise<void> {
  const found = await Promise.all(
    [...elsewhere].map(async ([name, offset]) => ({ name, offset, ...await look(name) })),
  );
  for (const { name, offset, state, chain, versionstamp } of found) {
    if (state === undefined || presenceOf(state, tx.time) !== "live") {
      throw conflict("elsewhere_missing", `There is no stream ${name}`);
    }
    const layout = layoutOf(name, state);
    const end = tokenOf(placeOf(layout, layout.tail));
    if (offset === "-1" ? layout.tail > 0 : offset !== end) {
      throw conflict("elsewhere_mismatch", `The stream ${name} ends at ${end}, not at ${offset}`, {
        "stream-elsewhere-offset": elsewhereText(new Map([[name, end]])),
      });
    }
    tx.dependOn(chain, versionstamp);
  }
}

/** Reads what {@linkcode dependOnElsewhere} says of a stream in its refusal. */
export function readMismatch(
  text: string | undefined,
): { readonly stream: string; readonly offset: string } | undefined {
  const [name, offset] = text?.split("=") ?? [];
  if (name === undefined || offset === undefined) return undefined;
  return { stream: decodeURIComponent(name), offset };
}
