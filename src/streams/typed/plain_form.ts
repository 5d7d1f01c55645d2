import type { EventBatch } from "../../log/event_batch.ts";
import type { ToldForm } from "../../web/ledger.ts";

/** The form of a ledger that names none: what lies in the log, where that is JSON. */
export const plainForm: ToldForm = { data: plainData };

function plainData(batch: EventBatch, index: number): string {
  const { data } = batch.event(index);
  if (typeof data !== "string") return JSON.stringify(data.toBase64());
  try {
    JSON.parse(data);
    return data;
  } catch {
    return JSON.stringify(data);
  }
}
