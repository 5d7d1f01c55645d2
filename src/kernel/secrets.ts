import { atOnce, type Steps } from "./steps.ts";

/** What stands in place of a secret. */
const HIDDEN = "…";

/** A name in JSON, or as Python prints it, whose value is nobody's business but the sender's. */
const NAMED =
  /["'](?:private_?key|secret(?:_?key)?|mnemonic|seed|words|passphrase|password|api_?key|xpriv)["'] ?: ?["']/gi;

/** Words of a wallet are 12 to 24, of three to eight letters each. */
const FEWEST_WORDS = 12;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 8;

/** Characters between two of them, at the most. */
const MOST_BETWEEN = 8;
const BETWEEN: ReadonlySet<number> = new Set([..." \t\r\n,;"].map((one) => one.charCodeAt(0)));

/** How extended private keys begin: those of most wallets, and those of Hathor's. */
const KEY_START = /prv|PRV|htpr|HTPR|tnpr|TNPR/g;
/** Characters of one from there on, at the least. */
const KEY_CHARS = 50;

/** A private key by itself, as wallets import it (WIF). */
const PLAIN_KEY = /(?<![\dA-Za-z])[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}(?![\dA-Za-z])/g;

/**
 * A text that repeats what a client has sent, without what is a private key by its name or by its
 * form, and without the words of a wallet: an answer may be kept where nobody expects a secret.
 */
export function withoutSecrets(text: string): string {
  return atOnce(hidingSecrets(text));
}

/** As {@linkcode withoutSecrets}, a step at a time: each looks at all of the text. */
export function* hidingSecrets(text: string): Steps<string> {
  const unnamed = withoutNamed(text);
  yield text.length;
  const unkeyed = withoutKeys(unnamed);
  yield text.length;
  return withoutWords(unkeyed);
}

/** Without the texts that are called as secrets are. */
function withoutNamed(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const found of text.matchAll(NAMED)) {
    const start = found.index + found[0].length;
    if (found.index < from) continue;
    const quote = text[start - 1];
    let end = start;
    while (end < text.length && text[end] !== quote) end += text[end] === "\\" ? 2 : 1;
    kept.push(text.slice(from, start), HIDDEN);
    from = Math.min(end, text.length);
  }
  return from === 0 ? text : kept.join("") + text.slice(from);
}

/** Without private keys, and without those between lines that say so. */
function withoutKeys(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const { index: at, 0: { length } } of text.matchAll(KEY_START)) {
    if (at < from) continue;
    let end = at + length;
    while (/[1-9A-HJ-NP-Za-km-z]/.test(text[end] ?? "")) end++;
    if (end - at < KEY_CHARS) continue;
    kept.push(text.slice(from, at + length), HIDDEN);
    from = end;
  }
  const shown = from === 0 ? text : kept.join("") + text.slice(from);
  const plain = shown.replaceAll(PLAIN_KEY, HIDDEN);
  const marked = plain.indexOf("PRIVATE KEY-----");
  if (marked < 0) return plain;
  const end = plain.lastIndexOf("-----END");
  const start = marked + "PRIVATE KEY-----".length;
  return plain.slice(0, start) + HIDDEN + (end > start ? plain.slice(end) : "");
}

/** Without so many words in a row as a wallet has. */
function withoutWords(text: string): string {
  const kept: string[] = [];
  let from = 0;
  let start = 0;
  /** Of the last word in the row. */
  let end = 0;
  let words = 0;
  let letters = 0;
  let capitals = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at);
    const isCapital = code >= 65 && code <= 90;
    if (isCapital || (code >= 97 && code <= 122)) {
      letters++;
      if (isCapital) capitals++;
      continue;
    }
    const isOfOneCase = capitals === 0 || capitals === letters;
    const isWord = isOfOneCase && letters >= SHORTEST_WORD && letters <= LONGEST_WORD;
    if (isWord) [words, end] = [words + 1, at];
    const isBetween = BETWEEN.has(code) && words > 0 && at - end < MOST_BETWEEN;
    const goesOn = isBetween && (isWord || letters === 0);
    letters = capitals = 0;
    if (goesOn) continue;
    if (words >= FEWEST_WORDS) {
      kept.push(text.slice(from, start), HIDDEN);
      from = end;
    }
    words = 0;
    start = at + 1;
  }
  return from === 0 ? text : kept.join("") + text.slice(from);
}
