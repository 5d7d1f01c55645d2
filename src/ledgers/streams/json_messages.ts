/**
 * The messages of a JSON body: the elements of an array, one level deep, or the value itself
 * (PROTOCOL.md, section 9.1.2). Each is the client's own text, so numbers keep their digits and
 * objects their order. Undefined where the body is not JSON.
 */
export function messagesOf(body: Uint8Array): string[] | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body).trim();
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.startsWith("[") ? elementsOf(text) : [text];
}

/** Cuts the text of a valid JSON array at its own commas. */
function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if ((character === "," && depth === 1) || depth === 0) {
      const element = text.slice(start, at).trim();
      // Only an empty array has nothing between its brackets.
      if (element !== "") elements.push(element);
      start = at + 1;
    }
  }
  return elements;
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1);; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text[before] === "\\") before--;
    // An even number of backslashes leaves the quote what it is.
    if ((at - before) % 2 === 1) return at;
  }
}
