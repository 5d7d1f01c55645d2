import { CHAIN_NAME_CHARS } from "../../kernel/limits.ts";
import { badRequest, noStream } from "./errors.ts";

/** Where streams are on the main port: the path that the protocol's own suite and clients look at. */
export const MOUNT = "/v1/stream";

/** What the names of this ledger's chains begin with. */
export const STREAMS_PREFIX = "streams/";

/** First part of paths that the protocol keeps for its control routes (PROTOCOL.md, section 6). */
const RESERVED = "__ds";

/**
 * The chain that all subscriptions are in. Its name is that of a stream below the reserved prefix,
 * which no path can name.
 */
export const SUBSCRIPTIONS_CHAIN = `${STREAMS_PREFIX}${RESERVED}/subscriptions`;

/** The chain that has the order of all others' events; its name is made like that. */
export const ORDER_CHAIN = `${STREAMS_PREFIX}${RESERVED}/order`;

/** Whether a chain has the name of a stream, and is one that streams are kept with. */
export function isReservedChain(chain: string): boolean {
  return chain.startsWith(`${STREAMS_PREFIX}${RESERVED}/`);
}

/** The log's name of a stream. */
export function streamChain(name: string): string {
  return STREAMS_PREFIX + name;
}

/**
 * The stream that a path of this server names; the path is as in the URL, escaped. Throws a
 * refusal for one that can name none.
 */
export function streamNameOf(path: string): string {
  if (!path.startsWith(`${MOUNT}/`)) throw badRequest("name_invalid", "The path names no stream");
  // Escaped, a character takes nine at the most.
  if (path.length > MOUNT.length + 1 + 9 * CHAIN_NAME_CHARS) throw tooLong();
  let name: string;
  try {
    name = decodeURIComponent(path.slice(MOUNT.length + 1));
  } catch {
    throw badRequest("name_invalid", "The stream's name is not well escaped");
  }
  return checkedName(name);
}

/** The name of a stream as a URL has it. */
export function escapedName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** The path of a stream, escaped. */
export function pathOfStream(name: string): string {
  return `${MOUNT}/${escapedName(name)}`;
}

/** The name, if a stream can have it. Throws a refusal. */
export function checkedName(name: string): string {
  if (streamChain(name).length > CHAIN_NAME_CHARS) throw tooLong();
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw badRequest("name_invalid", "A stream's name has no empty parts, and none that are dots");
  }
  if (parts[0] === RESERVED) throw noStream("This is no stream but a control route");
  return name;
}

/** A path without the slashes at its ends. */
export function withoutSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (path[start] === "/") start++;
  while (end > start && path[end - 1] === "/") end--;
  return path.slice(start, end);
}

function tooLong(): Error {
  const most = CHAIN_NAME_CHARS - STREAMS_PREFIX.length;
  return badRequest("name_invalid", `A stream's name has up to ${most} characters`);
}
