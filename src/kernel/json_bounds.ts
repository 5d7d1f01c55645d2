/**
 * Lists, objects and members of a text that is parsed at once, and how many may stand inside each
 * other: the runtime's parser, and the collector behind it, keep the thread for a tenth of a second
 * where there are half a million lists, and a check of what they hold may call itself for each that
 * stands inside another. A row of the store has 64 KiB, in which there are 32,768 at the most.
 */
const THINGS = 50_000;
const DEPTH = 500;

/** Whether a text, if it is JSON, may be parsed at once. What stands in its strings does not count. */
export function isParsedAtOnce(text: string): boolean {
  let things = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > DEPTH) return false;
        things++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x3a: // :
        things++;
    }
  }
  return things <= THINGS;
}

/** What a text holds; undefined where it is no JSON, or holds too much to be parsed at once. */
export function jsonAtOnce(text: string): unknown {
  if (!isParsedAtOnce(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the string that begins at a quote ends; the end of the text where it does not. */
function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let start = end;
    while (text.charCodeAt(start - 1) === 0x5c) start--;
    if ((end - start) % 2 === 0) return end;
  }
  return text.length;
}
