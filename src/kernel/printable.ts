/**
 * Characters that do not show, or change how others do: control characters (line feeds and the
 * escapes of terminals among them), separators of lines, halves of surrogate pairs, and characters
 * of format, such as those that turn the direction of writing round. Joiners stay: emoji and some
 * scripts are written with them.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text that strangers may have written, fit for a terminal and for a line of a log: whatever does
 * not show is written as JSON writes it (`\n`, `\u001b`). What is JSON keeps its meaning.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, (character) => SHORT[character] ?? escapesOf(character));
}

/** Lines that are fit for a terminal, one by one: their line feeds stay. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** A character as JSON escapes it: by its UTF-16 units. */
function escapesOf(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, "0");
    return `\\u${unit}`;
  }).join("");
}
