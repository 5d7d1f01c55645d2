const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENS = /[{[]/;
/** What ends a number or a name. */
const SCALAR_END = /[,}\]\s]/g;
const SPACE = /\s*/y;

/** The members of an object in JSON, each as it stands there. The text has been parsed before. */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = afterSpace(text, 0);
  if (text[at] !== "{") return members;
  at = afterSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const begin = afterSpace(text, afterSpace(text, keyEnd) + 1);
    const end = valueEnd(text, begin);
    members.set(String(key), text.slice(begin, end));
    at = afterSpace(text, end);
    if (text[at] !== ",") break;
    at = afterSpace(text, at + 1);
  }
  return members;
}

function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

function valueEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at);
  if (OPENS.test(text[at] ?? "")) return containerEnd(text, at);
  SCALAR_END.lastIndex = at;
  return SCALAR_END.exec(text)?.index ?? text.length;
}

function containerEnd(text: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = stringEnd(text, at) - 1;
        break;
      case "{":
      case "[":
        depth++;
        break;
      case "}":
      case "]":
        if (--depth === 0) return at + 1;
    }
  }
  return text.length;
}

function stringEnd(text: string, begin: number): number {
  for (let at = begin + 1;; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}
