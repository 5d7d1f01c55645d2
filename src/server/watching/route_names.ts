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
  const paths = new Set(patterns.map(({ path }) => path));
  const known = [...paths].map(madeReady)
    .toSorted((one, other) => one.generality - other.generality);
  return (path) => {
    // What has no parts says the most, and is found without a look at the others.
    if (paths.has(path)) return path;
    const asked = path.split("/", MOST_WORDS);
    return known.find((pattern) => matches(pattern, asked))?.path ?? OTHER;
  };
}

/** Words of a path that are looked at: no pattern has more. */
const MOST_WORDS = 16;

/** A pattern made ready for use. */
interface Ready extends Pattern {
  /** Whether anything may follow its words. */
  readonly isOpen: boolean;
  readonly words: readonly string[];
  /** The less it says, the more. */
  readonly generality: number;
}

function madeReady(path: string): Ready {
  const all = path.split("/");
  const isOpen = all.at(-1) === "*";
  const words = isOpen ? all.slice(0, -1) : all;
  const parts = words.filter((word) => word.startsWith(":")).length;
  return { path, isOpen, words, generality: isOpen ? 1_000 - words.length : parts };
}

function matches({ words, isOpen }: Ready, asked: readonly string[]): boolean {
  if (isOpen ? asked.length < words.length : asked.length !== words.length) return false;
  return words.every((word, at) => word.startsWith(":") ? asked[at] !== "" : asked[at] === word);
}
