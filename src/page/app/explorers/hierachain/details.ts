import { preview } from "../../base/preview.ts";

/** Characters of an event's details that are shown. */
const PREVIEW = 120;

/** The beginning of what an event says beside its type. */
export function detailsText(details: unknown): string {
  return details === null || details === undefined ? "" : preview(details, PREVIEW);
}
