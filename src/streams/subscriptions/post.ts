import { lookup } from "node:dns/promises";
import { request as requestPlain, type RequestOptions } from "node:http";
import { request as requestSecure } from "node:https";
import { hostOf, type WebhookTargets } from "./webhook_targets.ts";

/** Bytes of an answer that are read: `{"done":true}` and some more. */
const ANSWER_BYTES = 64 * 1024;

/** How a webhook answered: its status, and whether it has done everything already. */
export interface WebhookAnswer {
  readonly status: number;
  readonly isDone: boolean;
}

/** What is sent. */
export interface Posted {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends JSON, and reads the answer. Redirects are not followed. Against DNS rebinding the name is
 * resolved once, here, and the connection goes to the address that was checked. Rejects when there
 * is no answer, or `signal` is aborted.
 */
export async function post(
  targets: WebhookTargets,
  posted: Posted,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const { url } = posted;
  const addresses = await addressesOf(targets, url);
  if (url.protocol === "https:" && !CAN_NAME_SERVER) return await fetched(posted, signal);
  for (;;) {
    signal.throwIfAborted();
    const address = addresses.shift();
    if (address === undefined) throw new Error(`${url.hostname} is at no address to go to`);
    try {
      return await sendTo(address, posted, signal);
    } catch (error) {
      // A host that has two addresses may answer at one of them alone.
      if (addresses.length === 0) throw error;
    }
  }
}

function sendTo(
  address: string,
  { url, headers, body }: Posted,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const bytes = new TextEncoder().encode(body);
  const options: RequestOptions & { servername: string } = {
    method: "POST",
    host: address,
    port: url.port === "" ? null : url.port,
    path: url.pathname + url.search,
    // SNI, and the name that the certificate has to be for.
    servername: hostOf(url),
    headers: {
      ...COMMON,
      ...headers,
      host: url.host,
      "content-length": String(bytes.length),
    },
    // No pooled connection: each goes to the address that was checked.
    agent: false,
  };
  const send = url.protocol === "https:" ? requestSecure : requestPlain;
  return new Promise((done, fail) => {
    let isAnswered = false;
    const request = send(options, (response) => {
      isAnswered = true;
      answerOf(response.statusCode ?? 0, response).then(done, fail);
    });
    const abort = () => request.destroy(new Error("given up"));
    request.on("error", fail);
    request.on("close", () => {
      signal.removeEventListener("abort", abort);
      // Of an answer that breaks off its body's iterator throws.
      if (!isAnswered) fail(new Error("the connection was closed"));
    });
    signal.addEventListener("abort", abort);
    request.end(bytes);
  });
}

const COMMON = { "content-type": "application/json", "user-agent": "ledgerline" };

/** Whether TLS to an address can ask for another name's certificate: not before Deno 2.9. */
const CAN_NAME_SERVER = (([major = 0, minor = 0]) => major > 2 || (major === 2 && minor >= 9))(
  Deno.version.deno.split(".").map(Number),
);

/** By `fetch`, which resolves the name again: for older runtimes, which have no other way. */
async function fetched(
  { url, headers, body }: Posted,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...COMMON, ...headers },
    body,
    redirect: "manual",
    signal,
  });
  return await answerOf(response.status, response.body ?? []);
}

/** The addresses of a URL's host that may be connected to; there may be none. */
async function addressesOf(targets: WebhookTargets, url: URL): Promise<string[]> {
  const found = await lookup(hostOf(url), { all: true });
  return found.map(({ address }) => address).filter((address) => targets.mayConnect(url, address));
}

/** Reads an answer; of one that is too long only the status counts, and the rest is not read. */
async function answerOf(
  status: number,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<WebhookAnswer> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const part of body) {
    size += part.length;
    // Leaving the loop destroys the connection.
    if (size > ANSWER_BYTES) return { status, isDone: false };
    text += decoder.decode(part, { stream: true });
  }
  return { status, isDone: saysDone(text) };
}

function saysDone(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && "done" in body && body.done === true;
  } catch {
    return false;
  }
}
