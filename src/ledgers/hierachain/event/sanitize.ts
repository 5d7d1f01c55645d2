import type { Steps } from "../../../kernel/steps.ts";
import {
  isPyArray,
  isPyObject,
  keysOf,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../../python/json.ts";

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

const BLOCKED = "[TEMPLATE_BLOCKED]";

/** Template brackets, each opening with the text that closes it on the same line. */
const TEMPLATES: readonly (readonly [open: string, close: string])[] = [
  ["{{", "}}"],
  ["${", "}"],
  ["#{", "}"],
  ["{%", "%}"],
];

/** What any of it begins with: most texts have nothing of that. */
const MARKED = /[&<>"'{]/;

const TEMPLATE_OPEN = /\{\{|\$\{|#\{|\{%/g;

/**
 * HTML-escapes `& < > " '`, then replaces template expressions, as hierachain 0.2.0 does with
 * every string it stores (security/sanitization.py as measured). `<%..%>` never survives the
 * escape, so it is not looked for. Takes linear time, where the original can be made to crawl.
 */
export function sanitizeText(text: string): string {
  if (!MARKED.test(text)) return text;
  const escaped = text.replace(/[&<>"']/g, (character) => ESCAPED[character] ?? character);
  return blockTemplates(escaped);
}

/**
 * {@link sanitizeText} on every string and every key within an object, a step at a time. Of keys that
 * become equal the later one wins in the first one's place. Depth and size are whatever they are.
 */
export function sanitizing(object: PyObject): Steps<PyObject> {
  return new Sanitizer().object(object);
}

/** The same within any value. */
export function sanitizingValue(value: PyJson): Steps<PyJson> {
  return new Sanitizer().value(value);
}

/** What an item costs beside its characters, in characters, and how much of that is told at once. */
const ITEM_COST = 96;
const TOLD = 16 * 1024;

class Sanitizer {
  #cost = 0;

  *object(object: PyObject): Steps<PyObject> {
    const entries: [string, PyJson][] = [];
    for (const key of keysOf(object)) {
      entries.push([sanitizeText(key), yield* this.value(valueAt(object, key) ?? null)]);
      if ((this.#cost += ITEM_COST + key.length) > TOLD) yield this.#told();
    }
    return pyObject(entries);
  }

  *value(value: PyJson): Steps<PyJson> {
    if (typeof value === "string") {
      this.#cost += value.length;
      return sanitizeText(value);
    }
    if (isPyObject(value)) return yield* this.object(value);
    if (!isPyArray(value)) return value;
    const items: PyJson[] = [];
    for (const item of value) {
      const isPlain = typeof item !== "object" && typeof item !== "string";
      items.push(isPlain ? item : yield* this.value(item));
      if ((this.#cost += ITEM_COST) > TOLD) yield this.#told();
    }
    return items;
  }

  #told(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }
}

function blockTemplates(text: string): string {
  const closings = new Map<string, number>();
  let out = "";
  let done = 0;
  TEMPLATE_OPEN.lastIndex = 0;
  for (;;) {
    const match = TEMPLATE_OPEN.exec(text);
    if (match === null) return done === 0 ? text : out + text.slice(done);
    const open = match[0];
    const close = TEMPLATES.find(([opening]) => opening === open)?.[1] ?? "}";
    const from = match.index + 2;
    const end = nextIndex(text, close, from, closings);
    if (end >= nextIndex(text, "\n", from, closings)) {
      // Not closed on this line; another bracket may open at the very next character.
      TEMPLATE_OPEN.lastIndex = match.index + 1;
      continue;
    }
    out += text.slice(done, match.index) + BLOCKED;
    done = end + close.length;
    TEMPLATE_OPEN.lastIndex = done;
  }
}

/**
 * The first place of `needle` from `from` on, Infinity when there is none. `known` remembers the
 * last answer, so that ever later questions read the text once.
 */
function nextIndex(text: string, needle: string, from: number, known: Map<string, number>): number {
  const before = known.get(needle);
  if (before !== undefined && before >= from) return before;
  const found = text.indexOf(needle, from);
  const answer = found < 0 ? Infinity : found;
  known.set(needle, answer);
  return answer;
}
