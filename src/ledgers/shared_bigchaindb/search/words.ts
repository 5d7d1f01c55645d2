import { stemmer } from "@orama/stemmers/english";
import type { Steps } from "../../../kernel/steps.ts";

/** The words that a text search leaves out: the English list of the Snowball project. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  ("i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she " +
    "her hers herself it its itself they them their theirs themselves what which who whom this " +
    "that these those am is are was were be been being have has had having do does did doing " +
    "would should could ought i'm you're he's she's it's we're they're i've you've we've they've " +
    "i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't " +
    "weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't shan't shouldn't can't " +
    "cannot couldn't mustn't let's that's who's what's here's there's when's where's why's how's " +
    "a an the and but if or because as until while of at by for with about against between into " +
    "through during before after above below to from up down in out on off over under again " +
    "further then once here there when where why how all any both each few more most other some " +
    "such no nor not only own same so than too very").split(" "),
);

/** Characters of a stem: longer ones are cut, so that they fit into a key of a row. */
const STEM_CHARS = 100;

/** Different words of a document that are indexed: each costs its commit a row. */
const DOCUMENT_WORDS = 100;

/** Text without marks and in lower case, as it is compared. */
export function folded(text: string): string {
  // Most is ASCII, which has no marks.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  // Combining marks are removed before NFD as well: NFD sorts a run of marks, in quadratic time.
  return withoutMarks(withoutMarks(text).normalize("NFD")).toLowerCase();
}

function withoutMarks(text: string): string {
  return text.replace(/\p{M}+/gu, "");
}

const WORD = /[\p{L}\p{N}_]+(?:'[\p{L}\p{N}_]+)*/gu;

/** The words of folded text. */
export function wordsOf(text: string): Iterable<string> {
  return Iterator.from(text.matchAll(WORD)).map(([word]) => word);
}

/** The stem that a word is indexed under; undefined for a stop word. */
export function stemOf(word: string): string | undefined {
  if (STOP_WORDS.has(word)) return undefined;
  const kept = word.replace(/'s$/, "").slice(0, STEM_CHARS).toWellFormed();
  return /^[a-z]+$/.test(kept) ? stemmer(kept) : kept;
}

/** How well each word of a document stands for it, by the formula of MongoDB's text score. */
export function* scoresOf(texts: Iterable<string>): Steps<Map<string, number>> {
  const scores = new Map<string, number>();
  for (const text of texts) {
    yield TEXT_COST + text.length;
    yield* addScores(folded(text), scores);
  }
  return scores;
}

/** The costs of a text and of a word beside their characters, in characters. */
const TEXT_COST = 32;
const WORD_COST = 64;

/** How much more a text counts that is the searched word and nothing else. */
const WHOLE_TEXT = 1.1;

interface Counted {
  readonly stem: string;
  count: number;
  frequency: number;
  isWhole: boolean;
}

function* addScores(text: string, scores: Map<string, number>): Steps<void> {
  // Keys are prefixed: the runtime hashes a text of digits by its number, so that chosen ones would collide.
  const counted = new Map<string, Counted>();
  let words = 0;
  for (const word of wordsOf(text)) {
    yield WORD_COST + word.length;
    const stem = stemOf(word);
    if (stem === undefined) continue;
    words++;
    let known = counted.get(`=${stem}`);
    if (known === undefined) {
      counted.set(`=${stem}`, known = { stem, count: 0, frequency: 0, isWhole: false });
    }
    // Each time that a word comes again counts half as much as the time before.
    known.frequency += 1 / 2 ** known.count++;
    known.isWhole ||= text.length === word.length;
  }
  for (const { stem, count, frequency, isWhole } of counted.values()) {
    const before = scores.get(stem);
    if (before === undefined && scores.size >= DOCUMENT_WORDS) continue;
    const share = 0.5 * count / words + 0.5;
    const score = share * frequency * (isWhole ? WHOLE_TEXT : 1);
    scores.set(stem, (before ?? 0) + score);
  }
}
