/**
 * Postings as they are stored: which transactions have a term, and with what score.
 *
 * A **term** is a stem of one collection. Lists of several terms are one text, so that a term is
 * found by a search for it, and moved on without being read:
 *
 *     ;abicycl 1a 8yu9 2f 8yu9;mgarden 1a 9z2k;
 *
 * Numbers are in base 36: the offset of a transaction and its score, by turns.
 */

/** A transaction that has a term: its event's offset, and the score in millionths. */
export interface Posting {
  readonly at: number;
  readonly score: number;
}

/** Begins and ends the list of a term; no stem has it, nor a space. */
const END = ";";

/** Best first, and those of equal score in the order of commits. */
export function compareRank(a: Posting, b: Posting): number {
  return b.score - a.score || a.at - b.at;
}

export function postingText({ at, score }: Posting): string {
  return `${at.toString(36)} ${score.toString(36)}`;
}

export function readPostings(text: string): Posting[] {
  if (text === "") return [];
  const numbers = text.split(" ");
  const postings: Posting[] = [];
  for (let place = 0; place + 1 < numbers.length; place += 2) {
    const [at = "", score = ""] = [numbers[place], numbers[place + 1]];
    postings.push({ at: parseInt(at, 36), score: parseInt(score, 36) });
  }
  return postings;
}

/** The lists of several terms as one text. */
export function listsText(lists: Iterable<readonly [term: string, postings: string]>): string {
  let text = "";
  for (const [term, postings] of lists) text += `${END}${term} ${postings}`;
  return text === "" ? "" : text + END;
}

/** The postings of a term, out of the text of several lists; empty where it is not among them. */
export function listIn(text: string, term: string): string {
  const start = text.indexOf(`${END}${term} `);
  if (start < 0) return "";
  const from = start + term.length + 2;
  return text.slice(from, text.indexOf(END, from));
}

/** Adds the lists of a text to those known. */
export function addLists(text: string, lists: Map<string, string>): void {
  for (let from = 1; from < text.length;) {
    const end = text.indexOf(END, from);
    const space = text.indexOf(" ", from);
    const term = text.slice(from, space);
    const before = lists.get(term);
    const postings = text.slice(space + 1, end);
    lists.set(term, before === undefined ? postings : `${before} ${postings}`);
    from = end + 1;
  }
}
