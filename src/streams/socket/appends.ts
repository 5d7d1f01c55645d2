import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import type { AskRemote, Owner } from "../../web/owner.ts";
import { contentOf } from "../chain/append_request.ts";
import { type Elsewhere, elsewhereOf, elsewhereText, readMismatch } from "../chain/elsewhere.ts";
import { badRequest, StreamRefusal } from "../chain/errors.ts";
import { layoutOf, placeOf } from "../chain/layout.ts";
import { pathOfStream } from "../chain/names.ts";
import type { StreamService } from "../chain/service.ts";
import type { StreamState } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";
import type { AppendMessage } from "./messages.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** An append that came on a socket. */
export interface SocketAppend {
  readonly name: string;
  /** The stream as the socket found it. */
  readonly state: StreamState;
  readonly head: AppendMessage;
  readonly body: Uint8Array;
}

/** Carries an append out. Resolves with the text of the answer, also where it is refused. */
export type AppendFromSocket = (append: SocketAppend) => Promise<string>;

/** How sockets append, wherever they are. */
export function appendsOf(service: StreamService, owner: Owner): AppendFromSocket {
  return owner.task("streams/append", async ({ name, state, head, body }: SocketAppend) => {
    try {
      return await appendMessage(service, name, state, head, body);
    } catch (error) {
      return refusedMessage(error, head.ref);
    }
  }, async (ask, append) => {
    try {
      return await forwardMessage(ask, append);
    } catch (error) {
      return refusedMessage(error, append.head.ref);
    }
  });
}

/** What a refusal over HTTP says. */
const refusal = z.object({ code: z.string(), detail: z.string() });

/** The same append over HTTP, at the server whose stream this one has a copy of. */
async function forwardMessage(
  ask: AskRemote,
  { name, state: { contentType }, head, body }: SocketAppend,
): Promise<string> {
  const { ref, producer, seq, close, after } = head;
  const elsewhere = elsewhereIn(head, name);
  const headers = new Headers();
  if (body.length > 0) headers.set("content-type", contentType);
  if (close) headers.set("stream-closed", "true");
  if (seq !== undefined) headers.set("stream-seq", seq);
  if (after !== undefined) headers.set("stream-expected-offset", after);
  if (elsewhere !== undefined) headers.set("stream-expected-elsewhere", elsewhereText(elsewhere));
  if (producer !== undefined) {
    headers.set("producer-id", producer.id);
    headers.set("producer-epoch", String(producer.epoch));
    headers.set("producer-seq", String(producer.seq));
  }
  // It came on a socket, whose buffers no thread shares.
  const init = { method: "POST", headers, body: body as Uint8Array<ArrayBuffer> };
  const answer = await ask(pathOfStream(name), init);
  const text = await answer.text();
  if (!answer.ok) {
    const { code, detail } = refusal.catch({ code: "internal", detail: "" }).parse(jsonOf(text));
    throw new StreamRefusal(answer.status, code, detail, Object.fromEntries(answer.headers));
  }
  // With a producer the status tells what is new from what was sent again.
  const repeat = producer !== undefined && answer.status === 204 && body.length > 0;
  const offset = answer.headers.get("stream-next-offset");
  return JSON.stringify({ type: "appended", ref, offset, repeat });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a message expects other streams to end. Throws 400. */
function elsewhereIn({ elsewhere }: AppendMessage, name: string): Elsewhere | undefined {
  return elsewhere && elsewhereOf(Object.entries(elsewhere), name);
}

/** Appends what a message asks for. Resolves, once it is durable, with the text of the answer. */
async function appendMessage(
  service: StreamService,
  name: string,
  { contentType, isLedger, life }: StreamState,
  head: AppendMessage,
  body: Uint8Array,
): Promise<string> {
  const { ref, producer, seq, close, after } = head;
  if (isLedger === true) {
    throw new StreamRefusal(405, "read_only", "A ledger's chain can only be read here");
  }
  if (body.length === 0 && !close) {
    throw badRequest("empty", "An append has a body, unless it closes the stream");
  }
  const { state, isRepeat } = await service.append(name, {
    content: body.length === 0 ? undefined : await contentOf(body, contentType),
    closes: close,
    seq,
    producer,
    life,
    expected: after === undefined ? undefined : { offset: after },
    elsewhere: elsewhereIn(head, name),
  });
  const layout = layoutOf(name, state);
  return JSON.stringify({
    type: "appended",
    ref,
    offset: tokenOf(placeOf(layout, layout.tail)),
    repeat: isRepeat,
  });
}

/** The answer to an append that was not done, or of which the outcome is not known (503). */
export function refusedMessage(error: unknown, ref: AppendMessage["ref"]): string {
  const { status, code, message } = problemOf(error);
  const headers = error instanceof StreamRefusal ? error.headers : {};
  const number = (header: string) => {
    const text = headers[header];
    return text === undefined ? undefined : Number(text);
  };
  return JSON.stringify({
    type: "refused",
    ref,
    status,
    code,
    message,
    expected: number("producer-expected-seq"),
    epoch: number("producer-epoch"),
    offset: code === "offset_mismatch" ? headers["stream-next-offset"] : undefined,
    ...readMismatch(headers["stream-elsewhere-offset"]),
  });
}

function problemOf(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof StreamRefusal) return error;
  if (error instanceof LedgerError) {
    const { status, code, message } = error;
    if (status >= 500) logger.error("append failed: {code} {message}", { code, message });
    return { status, code, message };
  }
  logger.error("append failed: {error}", { error: messageOf(error) });
  return { status: 500, code: "internal", message: "An unexpected error occurred" };
}
