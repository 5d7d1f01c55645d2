import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { TOO_COMPLEX } from "./words.ts";

/** Levels of fields, as the original bounds them. */
const MOST_DEPTH = 10;

/** Fields of a query, each counted as often as it is asked for: by aliases, and by fragments. */
const MOST_FIELDS = 250;

/**
 * Fields of one name in one place, and operations and fragments: whether those of one name agree, and
 * all below them, is found out by pairs.
 */
const MOST_OF_NAME = 4;
const MOST_DEFINITIONS = 16;

/** Events and blocks that a query may ask for in all. */
const MOST_ROWS = 10_000;

/** What lists give where no limit is asked for, as in the original. */
export const STANDARD_LIMIT = 100;

/** Events that a block has: at most, and with its own. */
const BLOCK_EVENTS = 51;

/** What a list of all chains counts for: it is read once, however often it is asked for. */
const CHAINS_ROWS = 10;

/** What a question about the schema counts for: a few are what a tool needs. */
const SCHEMA_ROWS = 2_500;

/** What is asked for below one place of a query. */
interface Cost {
  readonly depth: number;
  readonly fields: number;
  readonly rows: number;
}

const NOTHING: Cost = { depth: 0, fields: 0, rows: 0 };

/** Why a query costs too much, in the original's words; undefined where it does not. */
export function costFault(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  // Each fragment is looked at once, however often it is spread; one within itself counts nothing.
  const known = new Map<string, Cost>();
  const fragmentCost = (name: string): Cost => {
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, NOTHING);
    const found = fragments.get(name);
    const cost = found === undefined ? NOTHING : costOf(found.selectionSet);
    known.set(name, cost);
    return cost;
  };
  const costOf = (
    { selections }: SelectionSetNode,
    names: Map<string, number> = new Map(),
  ): Cost => {
    let total = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        total = both(total, fieldCost(selection));
        const name = selection.alias?.value ?? selection.name.value;
        const count = (names.get(name) ?? 0) + 1;
        names.set(name, count);
        if (count > MOST_OF_NAME) total = { ...total, fields: Infinity };
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        total = both(total, costOf(selection.selectionSet, names));
      } else total = both(total, fragmentCost(selection.name.value));
    }
    return total;
  };
  const fieldCost = (field: FieldNode): Cost => {
    const below = field.selectionSet === undefined ? NOTHING : costOf(field.selectionSet);
    const rows = rowsOf(field, below, variables);
    return { depth: below.depth + 1, fields: below.fields + 1, rows };
  };
  let total = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      total = both(total, costOf(definition.selectionSet));
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      total = both(total, fragmentCost(definition.name.value));
    }
  }
  if (total.depth > MOST_DEPTH) return `Query depth exceeds maximum of ${MOST_DEPTH} levels`;
  const isDear = total.fields > MOST_FIELDS || total.rows > MOST_ROWS ||
    document.definitions.length > MOST_DEFINITIONS;
  return isDear ? TOO_COMPLEX : undefined;
}

function both(a: Cost, b: Cost): Cost {
  return {
    depth: Math.max(a.depth, b.depth),
    fields: a.fields + b.fields,
    rows: a.rows + b.rows,
  };
}

function rowsOf(
  field: FieldNode,
  below: Cost,
  variables: Readonly<Record<string, unknown>>,
): number {
  switch (field.name.value) {
    case "__schema":
    case "__type":
      return SCHEMA_ROWS;
    case "allChains":
      return CHAINS_ROWS;
    case "events":
      // Within a block they are counted as its own.
      return field.arguments?.length ? limitOf(field, variables) : BLOCK_EVENTS;
    case "block":
      return 1 + below.rows;
    case "blocks":
      return limitOf(field, variables) * (1 + below.rows);
    default:
      return 1 + below.rows;
  }
}

function limitOf(field: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  const given = field.arguments?.find(({ name }) => name.value === "limit")?.value;
  const value = given?.kind === Kind.INT
    ? Number(given.value)
    : given?.kind === Kind.VARIABLE
    ? variables[given.name.value]
    : undefined;
  if (typeof value !== "number") return STANDARD_LIMIT;
  // A negative one leaves out what is last.
  return value < 0 ? MOST_ROWS : value;
}
