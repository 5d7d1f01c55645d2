import { isIPv6 } from "node:net";

/** Longer hosts are refused, as the original has it. */
const LONGEST_HOST = 63;
const LAST_PORT = 65_535;

/** `tcp://host:port`, with a slash and a query after it or without. */
const ENDPOINT = /^tcp:\/\/(?:\[([\da-f:.]+)\]|([^/?#@:[\]\s]+)):(\d{1,5})\/?(?:\?([^#]*))?$/i;

/** Where a peer is, as it is told again; undefined for a text that names no place. */
export function readEndpoint(text: string): string | undefined {
  const found = ENDPOINT.exec(text);
  if (found === null) return undefined;
  const [, inBrackets, name, portText, query = ""] = found;
  if (inBrackets !== undefined && !isIPv6(inBrackets)) return undefined;
  const host = (inBrackets ?? name ?? "").toLowerCase();
  const port = Number(portText);
  if (host.length > LONGEST_HOST || port > LAST_PORT) return undefined;
  const shown = inBrackets === undefined ? host : `[${host}]`;
  const ids = new URLSearchParams(query).getAll("id").filter((id) => id !== "");
  const [id] = ids;
  if (id === undefined) return `tcp://${shown}:${port}`;
  const isOne = ids.length === 1 && /^[\da-f]{64}$/i.test(id);
  return isOne ? `tcp://${shown}:${port}/?id=${id.toLowerCase()}` : undefined;
}
