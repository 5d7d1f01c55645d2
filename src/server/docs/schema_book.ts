import { z } from "zod";
import type { JsonSchema, Shape } from "../../web/operation.ts";

/** Which side of a schema is told: what it takes, or what it gives. */
type Side = "input" | "output";

/** The dialect that OpenAPI 3.1 has, or the one of AsyncAPI 3.0. */
type Dialect = "draft-2020-12" | "draft-7";

/** Where named schemas lie in either document. */
const PLACE = "#/components/schemas/";

/** JSON Schema of all schemas of one document; those that have an `id` are told once. */
export class SchemaBook {
  readonly #dialect: Dialect;
  readonly #named = new Map<string, JsonSchema>();
  readonly #made = { input: new Map<Shape, JsonSchema>(), output: new Map<Shape, JsonSchema>() };

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** The schemas with names, by those. */
  get named(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => a < b ? -1 : 1));
  }

  of(schema: Shape, side: Side): JsonSchema {
    if (!(schema instanceof z.ZodType)) return this.#plain(schema, side);
    const known = this.#made[side].get(schema);
    if (known !== undefined) return known;
    const { $schema: _, $defs, definitions = $defs, ...own } = z.toJSONSchema(schema, {
      io: side,
      target: this.#dialect,
      // What only code can tell is anything to a reader.
      unrepresentable: "any",
    });
    for (const [name, definition] of Object.entries(definitions ?? {})) {
      this.#named.set(name, isObject(definition) ? moved(definition) : {});
    }
    const made = moved(own);
    this.#made[side].set(schema, made);
    return made;
  }

  /** JSON Schema that may have schemas of zod inside. */
  #plain(schema: JsonSchema, side: Side): JsonSchema {
    const told = (value: unknown): unknown => {
      if (value instanceof z.ZodType) return this.of(value, side);
      if (Array.isArray(value)) return value.map(told);
      return isObject(value) ? this.#plain(value, side) : value;
    };
    return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, told(value)]));
  }

  /** The members of an object's schema, each with whether it has to be there. */
  members(schema: Shape, side: Side): readonly Member[] {
    const { properties, required } = this.of(schema, side);
    const needed = new Set(Array.isArray(required) ? required : []);
    return Object.entries(isObject(properties) ? properties : {}).map(([name, member]) => {
      const { description, ...own } = isObject(member) ? member : {};
      return {
        name,
        isRequired: needed.has(name),
        schema: own,
        description: typeof description === "string" ? description : undefined,
      };
    });
  }
}

/** A member of an object: a parameter, or a header. */
export interface Member {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
  readonly description: string | undefined;
}

/** A schema whose references lead to the document's own place for them. */
function moved(schema: object): JsonSchema {
  const text = JSON.stringify(schema).replaceAll(/"#\/(?:\$defs|definitions)\//g, `"${PLACE}`);
  return JSON.parse(text);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
