import { PyFloat, type PyJson, type PyRecord } from "../../../python/json.ts";
import type { Steps } from "../../../kernel/steps.ts";
import type { EventBody } from "./event_fields.ts";
import { isEmpty } from "./model.ts";
import { sanitizeText, sanitizing } from "./sanitize.ts";

/** How a request becomes an event. */
export interface BuildOptions {
  /** Whether to HTML-escape the identifier, the name and `details`, as the original always does. */
  readonly escapeHtml: boolean;
}

/**
 * The event as it is stored, keys in the original's order, before it gets its `event_id`
 * (hierachain 0.2.0, api/ledger/events.py's rules as measured). A content identifier displaces
 * `details`; absent or empty `details` are stored as `{}`.
 *
 * @param timestampSeconds the server's time in seconds since the epoch
 */
export function* buildingEvent(
  request: EventBody,
  timestampSeconds: number,
  { escapeHtml }: BuildOptions,
): Steps<PyRecord> {
  return {
    entity_id: escapeHtml ? sanitizeText(request.entityId) : request.entityId,
    event: escapeHtml ? sanitizeText(request.eventType) : request.eventType,
    timestamp: new PyFloat(timestampSeconds),
    submitted_by: request.sender,
    signature: request.signature,
    ...yield* payload(request, escapeHtml),
  };
}

function* payload(request: EventBody, escapeHtml: boolean): Steps<Record<string, PyJson>> {
  const { details, detailsCid, detailsNonce, detailsMetadata } = request;
  if (detailsCid === null) {
    if (details === null) return { details: {} };
    return { details: escapeHtml ? yield* sanitizing(details) : details };
  }
  const offChain = { details_cid: detailsCid, details_nonce: detailsNonce };
  return isEmpty(detailsMetadata) ? offChain : { ...offChain, details_metadata: detailsMetadata };
}
