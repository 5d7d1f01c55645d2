import { withoutSecrets } from "../../../../kernel/secrets.ts";
import type { PyJson } from "../../../../python/json.ts";
import { answerText } from "../../json/answer_text.ts";

export const PONG = '{"type":"pong"}';

/** What is no message: the original drops the connection where it is JSON, but no object. */
export const MALFORMED = '{"type":"error","success":false,"errmsg":"Malformed command"}';

export const UNSUBSCRIBED = '{"type":"unsubscribe_address","success":true}';

export function capabilities(hasHistoryStreaming: boolean): string {
  const names = hasHistoryStreaming ? ["history-streaming"] : [];
  return JSON.stringify({ type: "capabilities", capabilities: names });
}

/** The answer to a subscription, with the position that a client which comes back begins at. */
export function subscribed(address: string, lastEventId?: number): string {
  const position = lastEventId === undefined ? {} : { last_event_id: lastEventId };
  return JSON.stringify({ type: "subscribe_address", address, success: true, ...position });
}

/** The refusal of a subscription, or of its end; the address as it was given. */
export function notSubscribed(
  type: "subscribe_address" | "unsubscribe_address",
  address: PyJson,
  message: string,
): string {
  return withoutSecrets(answerText({ type, address, success: false, message }));
}

/** The original drops the connection where an `id` is missing. */
export function historyError(id: string, errmsg: string): string {
  return JSON.stringify({ type: "stream:history:error", id, errmsg });
}
