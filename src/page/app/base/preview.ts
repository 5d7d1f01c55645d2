/**
 * A value of JSON as the beginning of its text, of about `chars` characters: what lies behind that is
 * not looked at, however much it is.
 */
export function preview(value: unknown, chars: number): string {
  const pieces: string[] = [];
  let left = chars;
  const say = (text: string) => {
    pieces.push(text);
    left -= text.length;
  };
  const write = (part: unknown): void => {
    if (left <= 0) return;
    if (typeof part === "string") say(JSON.stringify(part.slice(0, left + 1)));
    else if (typeof part !== "object" || part === null) say(String(part));
    else if (Array.isArray(part)) list(part, "[", "]", (item) => write(item));
    else {
      list(Object.entries(part), "{", "}", ([name, inner]) => {
        say(`${name}: `);
        write(inner);
      });
    }
  };
  const list = <T>(items: readonly T[], open: string, close: string, item: (one: T) => void) => {
    say(open);
    for (const [at, one] of items.entries()) {
      if (left <= 0) break;
      if (at > 0) say(", ");
      item(one);
    }
    say(close);
  };
  write(value);
  const text = pieces.join("");
  return text.length > chars ? `${text.slice(0, chars)}…` : text;
}
