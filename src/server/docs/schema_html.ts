import { isObject } from "./schema_book.ts";

/** How deep a schema is shown: what is named is shown once, on its own. */
const DEEPEST = 6;

/** A text in HTML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** A schema for people: its type in a line, and its members below it. */
export function schemaHtml(schema: unknown, depth = 0): string {
  if (!isObject(schema)) return "anything";
  const line = typeOf(schema);
  const inside = depth >= DEEPEST ? [] : insideOf(schema);
  if (inside.length === 0) return line;
  const items = inside.map(([label, sub]) => {
    const about = isObject(sub) && typeof sub["description"] === "string"
      ? ` <span class="dim">${escaped(sub["description"])}</span>`
      : "";
    return `<li>${label}${schemaHtml(sub, depth + 1)}${about}</li>`;
  });
  return `${line}<ul class="schema">${items.join("")}</ul>`;
}

type Inside = readonly (readonly [label: string, schema: unknown])[];

function insideOf(schema: Readonly<Record<string, unknown>>): Inside {
  const { properties, required, items, additionalProperties, contentSchema } = schema;
  if (contentSchema !== undefined) return [["<i>each line</i>: ", contentSchema]];
  const needed = new Set(Array.isArray(required) ? required : []);
  const members = Object.entries(isObject(properties) ? properties : {}).map(([name, sub]) =>
    [`<code>${escaped(name)}</code>${needed.has(name) ? "" : "?"}: `, sub] as const
  );
  const others = isObject(additionalProperties) && Object.keys(additionalProperties).length > 0
    ? [["<i>any name</i>: ", additionalProperties] as const]
    : [];
  const choices = choicesOf(schema);
  // A choice of plain types is told in the line.
  const shown = choices.every((choice) => insideOf(choice).length === 0) ? [] : choices;
  const each = isObject(items) && insideOf(items).length > 0 ? insideOf(items) : [];
  return [...members, ...others, ...shown.map((choice) => ["", choice] as const), ...each];
}

function choicesOf(schema: Readonly<Record<string, unknown>>) {
  const { anyOf, oneOf = anyOf, allOf = oneOf } = schema;
  return Array.isArray(allOf) ? allOf.filter(isObject) : [];
}

function typeOf(schema: Readonly<Record<string, unknown>>): string {
  const { $ref, type, items, enum: words, format, pattern, default: standard } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    return `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;
  }
  if ("const" in schema) return code(JSON.stringify(schema["const"]));
  if (Array.isArray(words)) return words.map((word) => code(JSON.stringify(word))).join(" | ");
  const choices = choicesOf(schema);
  if (choices.length > 0) {
    return choices.every((choice) => insideOf(choice).length === 0)
      ? choices.map(typeOf).join(" | ")
      : "one of";
  }
  if (type === "array") return `list of ${isObject(items) ? typeOf(items) : "anything"}`;
  const name = Array.isArray(type)
    ? type.join(" | ")
    : typeof type === "string"
    ? type
    : "anything";
  const facts = [
    ...typeof format === "string" ? [format] : [],
    ...typeof pattern === "string" && format === undefined && pattern.length < 60 ? [pattern] : [],
    ...boundsOf(schema),
    ...standard === undefined ? [] : [`default ${JSON.stringify(standard)}`],
  ];
  return escaped(name) +
    (facts.length === 0 ? "" : ` <span class="dim">(${escaped(facts.join(", "))})</span>`);
}

/** Numbers that stand for no bound at all. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

function boundsOf(schema: Readonly<Record<string, unknown>>): string[] {
  const bound = (name: string, sign: string) => {
    const value = schema[name];
    return typeof value === "number" && Math.abs(value) < NO_BOUND ? [`${sign} ${value}`] : [];
  };
  return [
    ...bound("minimum", "≥"),
    ...bound("maximum", "≤"),
    ...bound("minLength", "length ≥"),
    ...bound("maxLength", "length ≤"),
    ...bound("minItems", "items ≥"),
    ...bound("maxItems", "items ≤"),
  ];
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}
