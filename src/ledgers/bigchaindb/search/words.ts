import { Buffer } from "node:buffer";
import stemmer from "wink-porter2-stemmer";
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

/** Characters of a word that count: longer ones are cut, so that they fit into a key of a row. */
const WORD_CHARS = 100;

/** Characters of a word that has a stem: to find it takes the square of them, and longer ones are ids. */
const STEMMED_CHARS = 40;

/** Bytes of the stems of one document that are indexed, with {@linkcode STEM_COST} for each. */
const DOCUMENT_BYTES = 8_000;

/** What a stem takes beside itself where it is stored: its score and what stands between. */
const STEM_COST = 6;

/** Text without marks and in lower case, as it is compared. */
export function folded(text: string): string {
  return unmarked(text).toLowerCase();
}

function unmarked(text: string): string {
  // Most is ASCII, which has no marks.
  if (!/[^\0-\x7f]/.test(text)) return text;
  // Combining marks are removed before NFD as well: NFD sorts a run of marks, in quadratic time.
  return withoutMarks(withoutMarks(text).normalize("NFD"));
}

function withoutMarks(text: string): string {
  return text.replace(/\p{M}+/gu, "");
}

const WORD = /[\p{L}\p{N}\p{M}_]+(?:'[\p{L}\p{N}\p{M}_]+)*/gu;

/** The words of a text in lower case. */
export function wordsOf(text: string): Iterable<string> {
  return Iterator.from(text.matchAll(WORD)).map(([word]) => word);
}

/** Stems of words met lately, and those before: when the first are many they become the second. */
let young = new Map<string, string>();
let old = new Map<string, string>();

/** Stems kept in each of the two, and characters of a word that is kept. */
const STEMS = 4_096;
const KEPT_CHARS = 24;

/**
 * The stem that a word in lower case is indexed under; undefined for a stop word. As in the original,
 * marks are taken away last: what is a stop word, and what a stem, is told with them.
 */
export function stemOf(word: string): string | undefined {
  let stem = young.get(word);
  if (stem === undefined) {
    stem = old.get(word) ?? newStem(word);
    if (isKept(word)) {
      if (young.size >= STEMS) [old, young] = [young, new Map()];
      young.set(word, stem);
    }
  }
  return stem === "" ? undefined : stem;
}

/** Of a text of digits the runtime takes the number for a hash: those chosen for it would collide. */
function isKept(word: string): boolean {
  return word.length <= KEPT_CHARS && !/^[0-9]/.test(word);
}

/** Empty for a stop word. */
function newStem(word: string): string {
  if (STOP_WORDS.has(word)) return "";
  const kept = word.slice(0, WORD_CHARS).toWellFormed();
  if (kept.length > STEMMED_CHARS) return unmarked(kept) || kept;
  if (!kept.includes("3")) return unmarked(stemmer(kept)) || kept;
  // The library takes a 3 for a mark of its own; to stems a digit is like any other.
  const stem = [...stemmer(kept.replaceAll("3", "4"))];
  return unmarked(stem.map((char, at) => char === "4" ? kept[at] ?? char : char).join("")) || kept;
}

/** How many of the units that scores are stored in make 1. */
const SCORE_UNITS = 1_000_000;

/** The score of a text that is one word and nothing else, such as a transaction's id. */
export function wholeScore(word: string): number {
  return Math.round((stemOf(word) === word ? WHOLE_TEXT : 1) * SCORE_UNITS);
}

/**
 * How well each word of a document stands for it, by the formula of MongoDB's text score, in
 * millionths.
 */
export function* scoresOf(texts: Iterable<string>): Steps<Map<string, number>> {
  const scores: Scores = { byStem: new Map(), bytes: 0 };
  for (const text of texts) {
    yield TEXT_COST + text.length;
    yield* addScores(text.toLowerCase(), scores);
  }
  const rounded = new Map<string, number>();
  for (const [stem, score] of scores.byStem) rounded.set(stem, Math.round(score * SCORE_UNITS));
  return rounded;
}

interface Scores {
  readonly byStem: Map<string, number>;
  /** About what they take where they are stored. */
  bytes: number;
}

/** The costs of a text and of a word beside their characters, in characters. */
const TEXT_COST = 32;
const TOKEN_COST = 128;

/** How much more a text counts that is the searched stem and nothing else. */
const WHOLE_TEXT = 1.1;

interface Counted {
  readonly stem: string;
  count: number;
  frequency: number;
}

function* addScores(text: string, scores: Scores): Steps<void> {
  // Keys are prefixed: the runtime hashes a text of digits by its number, so that chosen ones would collide.
  const counted = new Map<string, Counted>();
  let words = 0;
  for (const word of wordsOf(text)) {
    yield TOKEN_COST + word.length;
    const stem = stemOf(word);
    if (stem === undefined) continue;
    words++;
    let known = counted.get(`=${stem}`);
    if (known === undefined) counted.set(`=${stem}`, known = { stem, count: 0, frequency: 0 });
    // Each time that a word comes again counts half as much as the time before.
    known.frequency += 1 / 2 ** known.count++;
  }
  for (const { stem, count, frequency } of counted.values()) {
    const before = scores.byStem.get(stem);
    if (before === undefined) {
      scores.bytes += Buffer.byteLength(stem) + STEM_COST;
      if (scores.bytes > DOCUMENT_BYTES) continue;
    }
    const share = 0.5 * count / words + 0.5;
    const score = share * frequency * (stem === text ? WHOLE_TEXT : 1);
    scores.byStem.set(stem, (before ?? 0) + score);
  }
}
