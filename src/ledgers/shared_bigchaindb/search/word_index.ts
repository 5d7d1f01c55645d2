import { entriesOf, isPyArray, isPyObject, type PyJson } from "../../../python/json.ts";
import type { Collection, IndexRow } from "../chain/dialect.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { scoresOf } from "./words.ts";

/** The rows by which the first words of a document are found, each with its score. */
export function* wordRows(collection: Collection, document: PyJson): Steps<IndexRow[]> {
  const scores = yield* scoresOf(textsIn(document));
  return [...scores].map(([stem, score]) => ({ key: wordKey(collection, stem), value: score }));
}

export function wordKey(collection: Collection, stem: string): [string, string] {
  return [collection === "assets" ? "wa" : "wm", stem];
}

/** All texts in a value, at any depth. */
export function textsIn(value: PyJson): string[] {
  const texts: string[] = [];
  addTexts(value, texts);
  return texts;
}

function addTexts(value: PyJson, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (isPyArray(value)) { for (const item of value) addTexts(item, texts); }
  else if (isPyObject(value)) { for (const [, item] of entriesOf(value)) addTexts(item, texts); }
}
