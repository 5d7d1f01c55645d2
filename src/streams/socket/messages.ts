import { z } from "zod";
import type { Message } from "../../sockets/inbound.ts";
import { OWN_PRODUCERS, WORD_CHARS } from "../chain/append_request.ts";
import { elsewhereForm } from "../chain/elsewhere.ts";
import { badRequest } from "../chain/errors.ts";

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A text that is kept in the log as it is. */
const word = z.string().min(1).max(WORD_CHARS)
  .refine((text) => text.isWellFormed(), "is not well formed");

const producerId = word.refine(
  (id) => !id.startsWith(OWN_PRODUCERS),
  `in ${OWN_PRODUCERS} is the server's own`,
);

/** Characters of a token, with room. */
const TOKEN_CHARS = 128;

/** The first line of a client's message. */
export const clientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ack"), offset: z.string().max(TOKEN_CHARS) }),
  z.object({
    type: z.literal("append"),
    ref: z.union([z.string().max(64), z.number()]).optional(),
    producer: z.object({ id: producerId, epoch: whole, seq: whole }).optional(),
    seq: word.optional(),
    after: z.string().max(TOKEN_CHARS).optional(),
    elsewhere: elsewhereForm.optional(),
    close: z.boolean().default(false),
  }),
]);

/** A client's message: its first line, and for an append what follows it. */
export type ClientMessage = z.infer<typeof clientMessage>;
export type AppendMessage = Extract<ClientMessage, { type: "append" }>;

const BREAK = 10;

/** Reads a client's message. Throws a refusal. */
export function readClientMessage(message: Message): { head: ClientMessage; body: Uint8Array } {
  const { head, body } = typeof message === "string" ? cutText(message) : cutBytes(message);
  let value: unknown;
  try {
    value = JSON.parse(head);
  } catch {
    throw badRequest("message_invalid", "A message begins with a line of JSON");
  }
  const parsed = clientMessage.safeParse(value);
  if (parsed.success) return { head: parsed.data, body };
  const [issue] = parsed.error.issues;
  throw badRequest("message_invalid", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

function cutText(text: string): { head: string; body: Uint8Array } {
  const at = text.indexOf("\n");
  if (at < 0) return { head: text, body: new Uint8Array() };
  return { head: text.slice(0, at), body: new TextEncoder().encode(text.slice(at + 1)) };
}

function cutBytes(bytes: Uint8Array): { head: string; body: Uint8Array } {
  const at = bytes.indexOf(BREAK);
  const end = at < 0 ? bytes.length : at;
  const head = new TextDecoder().decode(bytes.subarray(0, end));
  return { head, body: bytes.subarray(end + 1) };
}

/** A message that tells a place in the stream; see WEBSOCKET.md for what each means. */
export function placeMessage(type: "caught_up" | "position" | "closed", offset: string): string {
  return JSON.stringify({ type, offset });
}
