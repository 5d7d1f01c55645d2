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

/** Whether server-sent events carry the content as it is; all else goes as base64 (section 5.8). */
export function isText(contentType: string): boolean {
  return isJson(contentType) || essenceOf(contentType).startsWith("text/");
}
