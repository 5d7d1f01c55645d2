/** The server's messages in `ledgerline.v1` (WEBSOCKET.md), as far as the client uses them. */
export type ServerMessage =
  | { readonly type: "start"; readonly offset?: string; readonly encoding: "json" | "base64" }
  | { readonly type: "events"; readonly events: readonly WireEvent[] }
  | { readonly type: "caught_up" | "position" | "closed"; readonly offset: string }
  | { readonly type: "appended"; readonly ref: number; readonly offset: string; repeat: boolean }
  | AppendRefused
  | { readonly type: "error"; readonly code: string; readonly message: string };

/** The answer to an append that was refused; after a status of 500 or 503 its outcome is unknown. */
export interface AppendRefused {
  readonly type: "refused";
  readonly ref: number;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Where a stream ends that was expected to end elsewhere, and its name if it is another. */
  readonly offset?: string;
  readonly stream?: string;
}

/** An event as it is sent: `data` is a JSON value, or text in base64 (`encoding` of the start). */
export interface WireEvent {
  readonly offset: string;
  readonly id: string;
  readonly time: string;
  readonly chain?: string;
  readonly chain_offset?: string;
  readonly state?: string;
  readonly encoding?: "base64";
  readonly type?: string;
  readonly keys?: readonly string[];
  readonly data: unknown;
}

/** The subprotocol that this client speaks. */
export const PROTOCOL = "ledgerline.v1";

/** Parses a message; undefined for what has no type. Throws `SyntaxError` for what is no JSON. */
export function readServerMessage(text: string): ServerMessage | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  // The server is trusted with the fields of each type.
  return value as ServerMessage;
}

/** Decodes base64. Throws `DOMException` for what is none. */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
