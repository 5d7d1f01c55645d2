import { entriesOf, isPyArray, isPyObject, type PyJson } from "../../../python/json.ts";

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
