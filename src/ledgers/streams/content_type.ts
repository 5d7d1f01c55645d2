/** What a stream holds where nobody says. */
export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

const TYPE = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+$/;

/**
 * What is compared of two content types: type and subtype in lower case. Parameters such as a
 * charset do not make two types of one.
 */
export function essenceOf(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether a header is a content type at all. */
export function isContentType(text: string): boolean {
  return TYPE.test(essenceOf(text));
}

/** Whether a stream keeps messages rather than bytes (PROTOCOL.md, section 9.1). */
export function isJson(contentType: string): boolean {
  return essenceOf(contentType) === "application/json";
}

/** What a browser shows as text, or keeps, and never runs. */
const INERT = new Set([
  "application/json",
  "application/octet-stream",
  "application/x-ndjson",
  "text/csv",
  "text/plain",
]);

/** Whether a browser that is led to such content might run it, and has to keep it instead. */
export function isRunnable(contentType: string): boolean {
  return !INERT.has(essenceOf(contentType));
}

/** Whether server-sent events carry the content as it is; all else goes as base64 (section 5.8). */
export function isText(contentType: string): boolean {
  return isJson(contentType) || essenceOf(contentType).startsWith("text/");
}
