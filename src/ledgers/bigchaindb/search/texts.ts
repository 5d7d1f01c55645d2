import type { Steps } from "../../../kernel/steps.ts";
import type { PyJson } from "../../../python/json.ts";
import { walking } from "../../../python/json_walk.ts";

/** All texts in a value, at any depth. */
export function* findingTexts(value: PyJson): Steps<string[]> {
  const texts: string[] = typeof value === "string" ? [value] : [];
  yield* walking(value, (item) => {
    if (typeof item === "string") texts.push(item);
    return true;
  });
  return texts;
}
