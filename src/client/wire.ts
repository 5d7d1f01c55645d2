/** The server's messages (WEBSOCKET.md), as far as the client uses them. */
export type ServerMessage =
  | { readonly type: "start"; readonly offset?: string; readonly encoding: "json" | "base64" }
  | { readonly type: "events"; readonly events: readonly WireEvent[] }
  | { readonly type: "caught_up" | "position" | "closed"; readonly offset: string }
  | { readonly type: "appended"; readonly ref: number; readonly offset: string; repeat: boolean }
  | Refused
  | { readonly type: "error"; readonly code: string; readonly message: string };

/** An append that was not done. */
export interface Refused {
  readonly type: "refused";
  readonly ref: number;
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** An event on its way. */
export interface WireEvent {
  readonly offset: string;
  readonly id: string;
  readonly time: string;
  readonly type?: string;
  readonly keys?: readonly string[];
  readonly data: unknown;
}

/** The subprotocol that this client speaks. */
export const PROTOCOL = "ledgerline.v1";

/** Reads a message. What is not one of this protocol's is undefined, and passed over. */
export function readMessage(text: string): ServerMessage | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  // The server's word is taken for the rest of it.
  return value as ServerMessage;
}

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
