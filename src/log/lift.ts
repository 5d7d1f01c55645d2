import { encodeRecord } from "./encode_record.ts";
import { NONCE_BYTES } from "./record.ts";
import { encodeEvent } from "./event.ts";
import type { EventBatch } from "./event_batch.ts";
import { newer } from "./versions.ts";
import type { EventForm } from "./projection.ts";

/**
 * A batch as it is read: its events in the form of this program, whichever they were written in.
 * The record stays as it is stored. Throws `store_refused` for a form of a later version.
 */
export function lifted(chain: string, batch: EventBatch, form: EventForm | undefined): EventBatch {
  const known = form?.version ?? 0;
  if (batch.form === known) return batch;
  if (form === undefined || batch.form > known) throw newer(chain, "events", batch.form, known);
  const events = [...batch.events()].map((event) => encodeEvent(form.lift(event, batch.form)));
  return encodeRecord({
    first: batch.first,
    time: batch.time,
    firstId: batch.id(0),
    idsAfter: 0,
    // A hash and a nonce are of what is stored, and nobody looks at those of a lifted record.
    start: batch.isFirst ? { previousHash: "", nonce: new Uint8Array(NONCE_BYTES) } : undefined,
    isLast: batch.isLast,
    form: known,
  }, events).batch().as(batch.record);
}
