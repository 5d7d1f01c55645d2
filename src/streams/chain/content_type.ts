/** The content type of a stream that is created without one. */
export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/** Characters of a content type with its parameters: it is in the stream's row, and in every answer. */
const MOST_CHARS = 512;

const TYPE = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+$/;

/**
 * What is compared of two content types: type and subtype in lower case. Parameters such as a
 * charset do not make two types of one.
 */
export function essenceOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Whether a header is a content type at all. */
export function isContentType(text: string): boolean {
  return text.length <= MOST_CHARS && TYPE.test(essenceOf(text));
}

/** Whether a stream keeps messages rather than bytes (PROTOCOL.md, section 9.1). */
export function isJson(contentType: string): boolean {
  return essenceOf(contentType) === "application/json";
}

/** Types that a browser displays or saves, and never executes. */
const INERT = new Set([
  "application/json",
  "application/octet-stream",
  "application/x-ndjson",
  "text/csv",
  "text/plain",
]);

/**
 * Whether a browser that is led to such content might execute it: then it is sent as an attachment.
 * Of a list of types browsers take the last.
 */
export function isRunnable(contentType: string): boolean {
  return !INERT.has(essenceOf(contentType)) || contentType.includes(",");
}

/**
 * Whether server-sent events carry the content as it is, where it is well formed; all else goes as
 * base64 (section 5.8), and so does text of another charset than theirs.
 */
export function isText(contentType: string): boolean {
  if (isJson(contentType)) return true;
  const charset = CHARSET.exec(contentType)?.[1]?.toLowerCase() ?? "utf-8";
  return essenceOf(contentType).startsWith("text/") && UTF_8.has(charset);
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s";]*)/i;
const UTF_8 = new Set(["utf-8", "utf8", "us-ascii", "ascii", ""]);
