import { TransactionRefused } from "../../shared_bigchaindb/transaction/refusal.ts";
import { isHash } from "../../shared_bigchaindb/transaction/transaction.ts";
import { folded, stemOf, wordsOf } from "./words.ts";

/** What is searched for. */
export interface TextQuery {
  /** Stems of which a document must have one at least. */
  readonly wanted: ReadonlySet<string>;
  /** Words that may be the ids of transactions, which are words of their documents, too. */
  readonly ids: ReadonlySet<string>;
  /** Stems that a document must not have. */
  readonly unwanted: ReadonlySet<string>;
  /** Folded texts that a document must contain, all of them. */
  readonly phrases: readonly string[];
  /** Folded texts that a document must not contain. */
  readonly unwantedPhrases: readonly string[];
}

/** A phrase in quotation marks, or anything up to the next space; perhaps with a minus before it. */
const PART = /(-?)"([^"]*)"?|(-?)([^\s"]+)/g;

/** Words and phrases of one search: each is looked up in the index. */
const MOST_PARTS = 100;

/**
 * Characters of a phrase: `includes` takes the product of both lengths on texts chosen for that.
 */
const PHRASE_CHARS = 200;

/**
 * Reads a search: words, of which one is enough, `"a phrase"`, which must be there, and `-word`,
 * which must not. The words of a phrase are searched for, too.
 *
 * @throws {TransactionRefused} it has too many parts, or too long ones
 */
export function parseQuery(search: string): TextQuery {
  const wanted = new Set<string>();
  const ids = new Set<string>();
  const unwanted = new Set<string>();
  const phrases: string[] = [];
  const unwantedPhrases: string[] = [];
  for (const [, minus, phrase, wordMinus, word] of search.toLowerCase().matchAll(PART)) {
    const isUnwanted = (minus ?? wordMinus) === "-";
    if (phrase !== undefined && phrase !== "") {
      if (phrase.length > PHRASE_CHARS) {
        throw tooMuch(`a phrase of more than ${PHRASE_CHARS} characters`);
      }
      (isUnwanted ? unwantedPhrases : phrases).push(folded(phrase));
    }
    // A phrase that must not be there says nothing of its single words.
    if (phrase !== undefined && isUnwanted) continue;
    for (const each of wordsOf(phrase ?? word ?? "")) {
      const stem = stemOf(each);
      if (stem !== undefined) (isUnwanted ? unwanted : wanted).add(stem);
      if (!isUnwanted && isHash(each)) ids.add(each);
    }
    if (wanted.size + unwanted.size + phrases.length + unwantedPhrases.length > MOST_PARTS) {
      throw tooMuch(`more than ${MOST_PARTS} words and phrases`);
    }
  }
  return { wanted, ids, unwanted, phrases, unwantedPhrases };
}

/** In the form of the original's refusal of an empty search. */
function tooMuch(what: string): TransactionRefused {
  return new TransactionRefused("ValidationError", `text_search cannot have ${what}`);
}
