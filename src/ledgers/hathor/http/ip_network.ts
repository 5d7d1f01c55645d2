import { isIPv4, isIPv6 } from "node:net";

const V4_BITS = 32;
const V6_BITS = 128;
const GROUP_BITS = 16n;

/**
 * An address or a network (`192.168.0.0/24`) as Python's `ip_network` writes it, with its length;
 * undefined where it is none, or where it has bits beyond that length.
 */
export function readIpNetwork(text: string): string | undefined {
  const [address = "", length, ...rest] = text.split("/");
  if (rest.length > 0) return undefined;
  const isV4 = isIPv4(address);
  if (!isV4 && (!isIPv6(address) || address.includes("%"))) return undefined;
  const bits = isV4 ? V4_BITS : V6_BITS;
  const size = length === undefined ? bits : lengthOf(length, isV4);
  if (size === undefined || size > bits) return undefined;
  const shown = isV4 ? address : canonicalV6(address);
  const value = isV4 ? v4Value(address) : v6Value(shown);
  const hostBits = (1n << BigInt(bits - size)) - 1n;
  return (value & hostBits) === 0n ? `${shown}/${size}` : undefined;
}

/** A length in bits, or of IPv4 as a mask such as 255.255.255.0. */
function lengthOf(text: string, isV4: boolean): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  if (!isV4 || !isIPv4(text)) return undefined;
  const size = v4Value(text).toString(2).padStart(V4_BITS, "0").indexOf("0");
  const ones = size < 0 ? V4_BITS : size;
  const mask = ((1n << BigInt(ones)) - 1n) << BigInt(V4_BITS - ones);
  return mask === v4Value(text) ? ones : undefined;
}

function v4Value(address: string): bigint {
  return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

/** The shortest form, as URLs have it. */
function canonicalV6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** The number of an address in its shortest form. */
function v6Value(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - first.length - last.length).fill("0");
  return [...first, ...zeros, ...last].reduce(
    (sum, group) => (sum << GROUP_BITS) | BigInt(`0x${group}`),
    0n,
  );
}
