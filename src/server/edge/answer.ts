import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { areGiven, giveBack } from "../../web/given_parts.ts";
import { type PlainHeaders, type Whole, wholeOf } from "../../web/whole_response.ts";

/** Milliseconds that a streamed body may stay silent after its client sent a FIN and may be gone. */
const FAREWELL_MS = 500;

/** Bytes per write over HTTP/2: only whole writes are acknowledged. */
const FRAMED_BYTES = 16 * 1_024;

/** Bytes up to which head and body are one text: one string is written faster than two parts. */
const TEXT_BYTES = 16 * 1_024;

/** What a response is sent over. */
export interface Outlet {
  readonly response: ServerResponse;
  readonly isHead: boolean;
  /** Whether the connection ends behind the answer. */
  readonly isLast: boolean;
  /** Reads the rest of a request's body that no route has read; undefined where there is none. */
  readonly rest: (() => Promise<void>) | undefined;
  /** Whether the protocol has reason phrases: HTTP/2 has none. */
  readonly hasReasons: boolean;
  /** Calls `task` when the client has sent a FIN. */
  whenLeft(task: () => void): void;
  /** The client has taken a part of the answer, over HTTP/2. */
  passed(): void;
  /** Cuts the connection. */
  cut(): void;
}

/** Statuses that have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends a response: in one write where its body is one piece that is there, otherwise with
 * backpressure. The body is cancelled when the client goes. What it returns resolves when everything
 * is handed over, and rejects with the body's error; undefined where it is handed over already.
 */
export function sendAnswer(answer: Response, outlet: Outlet): Promise<void> | undefined {
  const whole = wholeOf(answer);
  return whole === undefined ? sendStreamed(answer, outlet) : sendWhole(whole, outlet);
}

function sendWhole(head: Whole, outlet: Outlet): Promise<void> | undefined {
  const { status, headers, body } = head;
  const hasBody = !outlet.isHead && !BODILESS.has(status);
  if (!hasBody || body === null) {
    writeHead(head, outlet, hasBody ? 0 : undefined);
    return finish(outlet);
  }
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  writeHead(head, outlet, length);
  const isText = typeof body === "string" && length <= TEXT_BYTES && isAsciiHead(headers);
  return finish(outlet, typeof body === "string" && !isText ? Buffer.from(body) : body);
}

async function sendStreamed(answer: Response, outlet: Outlet): Promise<void> {
  const { response, isHead } = outlet;
  const hasBody = !isHead && !BODILESS.has(answer.status);
  if (!hasBody || answer.body === null) {
    if (!hasBody) void answer.body?.cancel().catch(() => {});
    writeHead(answer, outlet, hasBody ? 0 : undefined);
    return await finish(outlet);
  }
  const reader = answer.body.getReader();
  // A pending read resolves then as at the body's end.
  const cancel = () => void reader.cancel().catch(() => {});
  if (response.destroyed) return cancel();
  response.once("close", cancel);
  const first = await reader.read();
  if (first.done) {
    writeHead(answer, outlet, 0);
    return await finish(outlet);
  }
  let next: Read | undefined;
  const second = reader.read();
  void second.then((read) => next = read, () => {});
  // The end of a body of one piece is known a few microtasks later.
  for (let turn = 0; turn < 4 && next === undefined; turn++) await undefined;
  if (next?.done) {
    writeHead(answer, outlet, first.value.length);
    return await finish(outlet, first.value);
  }
  writeHead(answer, outlet, undefined);
  await stream(reader, first.value, second, outlet, areGiven(answer.body));
}

type Read = ReadableStreamReadResult<Uint8Array>;

async function stream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: Uint8Array,
  second: Promise<Read>,
  outlet: Outlet,
  isGiven: boolean,
): Promise<void> {
  const { response } = outlet;
  let reads = 0;
  // After a FIN only a write shows whether the client is still there: silence ends the body.
  outlet.whenLeft(() => {
    const before = reads;
    setTimeout(() => {
      if (reads === before && !response.writableNeedDrain) outlet.cut();
    }, FAREWELL_MS);
  });
  let part: Uint8Array | undefined = first;
  let following: Promise<Read> | undefined = second;
  try {
    while (part !== undefined) {
      reads++;
      await write(part, outlet, isGiven);
      const read: Read = await (following ?? reader.read());
      following = undefined;
      part = read.value;
    }
  } catch (error) {
    // A truncated answer must not look complete.
    outlet.cut();
    throw error;
  }
  await finish(outlet);
}

/** Writes a part of an answer; resolves when there may be more. */
async function write(part: Uint8Array, outlet: Outlet, isGiven = false): Promise<void> {
  const { response, hasReasons } = outlet;
  // Small writes over HTTP/2, because only whole ones are acknowledged.
  const most = hasReasons ? part.length : FRAMED_BYTES;
  for (let at = 0; at < part.length; at += most) {
    // HTTP/2 may keep what it has been handed.
    const done = isGiven && hasReasons ? () => giveBack(part) : undefined;
    if (!response.write(part.subarray(at, at + most), done)) await drained(response);
    if (response.destroyed) return;
    outlet.passed();
  }
}

/** Resolves when a response takes more, or its connection is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/** Ends an answer; where the connection ends with it, after the rest of the request is read. */
function finish(outlet: Outlet, last?: string | Uint8Array): Promise<void> | undefined {
  const { response, rest } = outlet;
  if (rest !== undefined) return finishAfter(rest, response, last);
  if (last === undefined) response.end();
  else if (outlet.hasReasons || last.length <= FRAMED_BYTES) response.end(last);
  else return write(Buffer.from(last), outlet).then(() => void response.end());
  return undefined;
}

/** Closing a connection with unread bytes resets it, and its answer may be lost. */
async function finishAfter(
  rest: () => Promise<void>,
  response: ServerResponse,
  last: string | Uint8Array | undefined,
): Promise<void> {
  if (last === undefined) response.flushHeaders();
  else response.write(last);
  await rest();
  response.end();
}

/** The head of an answer. */
interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: PlainHeaders | Headers;
}

/** Sends the head; `length` is that of the body, undefined where it is not known. */
function writeHead(answer: AnswerHead, outlet: Outlet, length: number | undefined): void {
  const { response, isLast, hasReasons } = outlet;
  const { status, statusText } = answer;
  const headers: string[] = [];
  let isLong = length !== undefined;
  const add = (value: string, name: string) => {
    if (name === "content-length") isLong = false;
    headers.push(name, value);
  };
  if (answer.headers instanceof Headers) answer.headers.forEach(add);
  else for (const name of Object.keys(answer.headers)) add(answer.headers[name] ?? "", name);
  if (isLong) headers.push("content-length", String(length));
  if (!hasReasons) {
    // HTTP/2 takes headers one by one.
    for (let at = 0; at < headers.length; at += 2) {
      response.appendHeader(headers[at] ?? "", headers[at + 1] ?? "");
    }
    response.writeHead(status);
    return;
  }
  // Set here, so that no `keep-alive` header announces `node:http`'s timeout instead of ours.
  headers.push("connection", isLast ? "close" : "keep-alive");
  if (statusText === "") response.writeHead(status, headers);
  else response.writeHead(status, reasonPhrase(statusText), headers);
}

/** Whether a head may be one text with a body: other characters would be written as UTF-8. */
function isAsciiHead(headers: PlainHeaders | Headers): boolean {
  if (headers instanceof Headers) return false;
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? "";
    // A regular expression makes an object of each.
    for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0x7f) return false;
  }
  return true;
}

/** A reason phrase without the characters that HTTP does not allow in one. */
export function reasonPhrase(statusText: string): string {
  return statusText.replaceAll(/[^\t\x20-\x7e]/g, "?");
}
