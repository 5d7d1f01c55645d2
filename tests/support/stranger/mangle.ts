import type { Prng } from "../prng.ts";
import type { WireRequest } from "./wire.ts";

/** Texts that are taken for something else, or that nobody thought of. */
const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  "\t",
  "\u0000",
  "\n",
  ".",
  "..",
  "../../etc/passwd",
  "/",
  "//",
  "%",
  "%zz",
  "%00",
  "%c3%28",
  "%ed%a0%80",
  "\ud800",
  "\ufeff",
  "\u202e",
  "\x1b[2J",
  "🎉",
  "日本語",
  "\u0130\u0131ß",
  "e\u0301",
  "null",
  "undefined",
  "true",
  "NaN",
  "Infinity",
  "[]",
  "{}",
  "[object Object]",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "'\"<>&${a}{{a}}`",
  "a".repeat(300),
  "a".repeat(2_100),
  "é".repeat(5_000),
  "/".repeat(3_000),
  "=".repeat(3_000),
  "-",
  "-0",
  "-1",
  "0",
  "00",
  "1.0",
  "1e3",
  "1e309",
  "-1e309",
  "0x10",
  "1_000",
  "٣",
  "255",
  "256",
  "65536",
  "2147483648",
  "4294967296",
  "9007199254740991",
  "9007199254740992",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551616",
  "9".repeat(400),
  `0.${"0".repeat(330)}1`,
  "2026-02-30T00:00:00Z",
  "2099-01-01T00:00:00+99:99",
  "+275760-09-13T00:00:00.001Z",
  "earliest",
  "latest",
  "now",
  "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
  "0".repeat(64),
  "f".repeat(64),
  "F".repeat(65),
  "00000000000000ff",
  "0000000000000007_41f3c2a90be3d78e",
  "9999999999999999_9999999999999999",
];

/** Texts of JSON that are taken for something else. */
const ODD_JSON: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1.5",
  "1e309",
  "-1e309",
  "1e-400",
  "9007199254740993",
  "18446744073709551616",
  "9".repeat(400),
  "NaN",
  "Infinity",
  '""',
  '"\\ud800"',
  '"\\u0000"',
  "[]",
  "{}",
  "[[]]",
  "[null]",
  '{"":null}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":1}}',
  '{"toString":1,"then":1,"length":-1}',
  '{"a":1,"a":2}',
  "[".repeat(200) + "]".repeat(200),
  `${'{"a":'.repeat(1_100)}1${"}".repeat(1_100)}`,
  `[${Array.from({ length: 2_000 }, () => 1).join(",")}]`,
  `"${"x".repeat(20_000)}"`,
  "",
];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "X-Y"];

const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ["content-type", ""],
  ["content-type", "application/json"],
  ["content-type", "text/plain; charset=utf-16"],
  ["content-type", `a/${"b".repeat(5_000)}`],
  ["content-type", "application/x-www-form-urlencoded"],
  ["content-type", "multipart/form-data; boundary=x"],
  ["content-encoding", "gzip"],
  ["accept", "\u00ff\u00fe"],
  ["if-none-match", '"",*,W/"x",' + '"a",'.repeat(500)],
  ["range", "bytes=-1,5-2"],
  ["expect", "100-continue"],
  ["origin", "null"],
  ["origin", "http://localhost:3000"],
  ["cookie", "a=b; ".repeat(500)],
  ["x-forwarded-for", ",,%,".repeat(200)],
  ["x-api-key", "\u00e9"],
  ["authorization", "Bearer"],
  ["authorization", `Basic ${"=".repeat(200)}`],
  ["stream-seq", "\u00e9".repeat(200)],
  ["stream-ttl", "1e9"],
  ["stream-ttl", "-1"],
  ["stream-expires-at", "2099-02-30T00:00:00Z"],
  ["stream-closed", "TRUE"],
  ["stream-forked-from", "/v1/stream/%"],
  ["stream-expected-elsewhere", "%C3=-1,".repeat(9)],
  ["stream-expected-elsewhere", "s=-1,\u00e9=0000000000000000_0000000000000000"],
  ["stream-fork-offset", "9999999999999999_9999999999999999"],
  ["stream-fork-sub-offset", "18446744073709551616"],
  ["producer-id", "p"],
  ["producer-epoch", "9007199254740992"],
  ["producer-seq", "-1"],
  ["upgrade", "websocket"],
  ["sec-websocket-version", "99"],
  ["content-length", "0"],
];

/** One of a list. */
export function pick<T>(random: Prng, list: readonly T[]): T {
  const found = list[random.below(list.length)];
  if (found === undefined) throw new Error("there is nothing to pick from");
  return found;
}

/** An odd text as a part of a URL: now and then as it is, as no client would write it. */
function oddPart(random: Prng): string {
  const text = pick(random, ODD_TEXTS);
  if (random.chance(0.2)) return text.replaceAll(/[\0-\x20\x7f-\uffff]/g, "").slice(0, 4_000);
  return encodeURIComponent(text.toWellFormed());
}

function mangledPath(path: string, random: Prng): string {
  const [place = "", query] = path.split("?");
  const parts = place.split("/");
  const pairs = query === undefined || query === "" ? [] : query.split("&");
  if (pairs.length > 0 && random.chance(0.8)) {
    const at = random.below(pairs.length);
    const [name = ""] = (pairs[at] ?? "").split("=");
    const change = random.below(5);
    if (change === 0) pairs.splice(at, 1);
    else if (change === 1) pairs.push(`${name}=${oddPart(random)}`);
    else if (change === 2) pairs.push(...Array.from({ length: 70 }, () => pairs[at] ?? ""));
    else if (change === 3) pairs[at] = `${name}[]=${oddPart(random)}`;
    else pairs[at] = `${name}=${oddPart(random)}`;
  } else {
    // What stands last is a name or an id more often than the others.
    const at = random.chance(0.6) ? parts.length - 1 : random.below(parts.length);
    const change = random.below(6);
    if (change === 0) parts.splice(at, 1);
    else if (change === 1) parts.splice(at, 0, oddPart(random));
    else parts[at] = oddPart(random);
  }
  const changed = parts.join("/");
  const rest = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  return (changed.startsWith("/") ? changed : `/${changed}`) + rest;
}

/** Values and members of a text of JSON, as far as commas, colons and brackets tell. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;

/** A text of JSON, or of anything else, with something in it replaced, dropped or doubled. */
export function mangledText(text: string, random: Prng): string {
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.length > 0 && random.chance(0.75)) {
    const { index, 0: token } = pick(random, tokens);
    const put = token.startsWith('"') && random.chance(0.5)
      ? JSON.stringify(pick(random, ODD_TEXTS))
      : pick(random, ODD_JSON);
    return text.slice(0, index) + put + text.slice(index + token.length);
  }
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + pick(random, ODD_TEXTS) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 3:
      return text + text;
    default:
      return pick(random, ODD_JSON);
  }
}

function mangledBody(body: WireRequest["body"], random: Prng): WireRequest["body"] {
  if (typeof body !== "string") return body;
  const text = mangledText(body, random);
  if (!random.chance(0.15)) return text.toWellFormed();
  const bytes = new TextEncoder().encode(text);
  // Bytes that are no text.
  for (let times = 0; times < 3 && bytes.length > 0; times++) {
    bytes[random.below(bytes.length)] = random.below(256);
  }
  return bytes;
}

/** A request as it is meant, or with up to four things wrong with it. */
export function mangled(request: WireRequest, random: Prng): WireRequest {
  let { method, path, headers, body } = request;
  for (let times = random.below(5); times > 0; times--) {
    const kind = random.below(10);
    if (kind < 3) path = mangledPath(path, random);
    else if (kind < 8) body = mangledBody(body, random);
    else if (kind < 9) headers = [...headers, pick(random, ODD_HEADERS)];
    else method = pick(random, METHODS);
  }
  return { method, path, headers, body };
}

/** A message as it is meant, or with up to three things wrong with it. */
export function mangledMessage(text: string, random: Prng): string | Uint8Array {
  let message = text;
  for (let times = random.below(4); times > 0; times--) message = mangledText(message, random);
  message = message.toWellFormed();
  return random.chance(0.1) ? new TextEncoder().encode(message) : message;
}
