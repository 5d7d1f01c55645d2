/** A route of an app: its pattern, in which `:name` is any word and `*` at the end anything. */
interface Pattern {
  readonly path: string;
}

/** What stands for whatever no pattern is for. */
const OTHER = "other";

/**
 * Finds the pattern of a path: one that says more goes before one that says less. A pattern is one of
 * a few, where a path is whatever a client has written.
 */
export function routeNames(patterns: readonly Pattern[]): (path: string) => string {
  const known = [...new Set(patterns.map(({ path }) => path))]
    .map((path) => ({ path, words: path.split("/") }))
    .toSorted((one, other) => generality(one.words) - generality(other.words));
  return (path) => {
    const asked = path.split("/", MOST_WORDS);
    return known.find(({ words }) => matches(words, asked))?.path ?? OTHER;
  };
}

/** Words of a path that are looked at: no pattern has more. */
const MOST_WORDS = 16;

function generality(words: readonly string[]): number {
  if (words.at(-1) === "*") return 1_000 - words.length;
  return words.filter((word) => word.startsWith(":")).length;
}

function matches(words: readonly string[], asked: readonly string[]): boolean {
  const isOpen = words.at(-1) === "*";
  const fixed = isOpen ? words.slice(0, -1) : words;
  if (isOpen ? asked.length < fixed.length : asked.length !== fixed.length) return false;
  return fixed.every((word, at) => word.startsWith(":") ? asked[at] !== "" : asked[at] === word);
}
