import { z } from "zod";
import type { LedgerApp, LedgerDefinition } from "../../web/ledger.ts";
import { problem } from "../../web/problem.ts";
import { respond, respondJson } from "../../web/whole_response.ts";
import { cloudTypeOf, schemaIdOf } from "./formats.ts";

/** The dialect of JSON Schema that schemas are in. */
const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** What stands around the data of each event of a ledger's chain. */
const envelope = z.object({
  offset: z.string().describe("Where to go on after the event"),
  id: z.string().describe("A ULID"),
  time: z.iso.datetime().describe("When the event was committed"),
  type: z.string(),
  keys: z.array(z.string()),
  data: z.unknown().describe("In the form that the ledger's own clients know"),
});

/** The types that a ledger's events have, as CloudEvents name them, with what they hold. */
function typesOf({ name, title, eventTypes = {} }: LedgerDefinition) {
  return Object.entries(eventTypes).map(([event, schema]) => {
    const type = cloudTypeOf(name, event);
    return { type, ledger: name, event, schema, title: `${title}: ${event}` };
  });
}

/**
 * Adds what tells of the types of all ledgers' events, to everybody:
 *
 * | route | answer |
 * | --- | --- |
 * | `GET /v1/schemas` | the types, and where their schemas are |
 * | `GET /v1/schemas/envelope` | the JSON Schema of what stands around the data of an event |
 * | `GET /v1/schemas/{type}` | the JSON Schema of the data of an event of that type |
 */
export function schemaRoutes(app: LedgerApp, ledgers: readonly LedgerDefinition[]): void {
  const types = ledgers.flatMap(typesOf);
  const made = new Map<string, () => string>([
    ["envelope", kept(() => schemaText("envelope", "An event of a ledger's chain", envelope))],
    ...types.map(({ type, title, schema }) =>
      [type, kept(() => schemaText(type, title, schema))] as const
    ),
  ]);
  app.get("/v1/schemas", () =>
    respondJson({
      envelope: "/v1/schemas/envelope",
      types: types.map(({ type, ledger, event }) => (
        { type, ledger, event, schema: `/v1/schemas/${encodeURIComponent(type)}` }
      )),
    }));
  app.get("/v1/schemas/:type", ({ req }) => {
    const text = made.get(req.param("type"))?.();
    if (text === undefined) return problem(404, "not_found", "There is no schema of that type");
    return respond(text, { headers: { "content-type": "application/schema+json" } });
  });
}

function schemaText(type: string, title: string, schema: z.ZodType): string {
  const { $schema: _, ...told } = z.toJSONSchema(schema, { io: "output" });
  return JSON.stringify({ $schema: DIALECT, $id: schemaIdOf(type), title, ...told });
}

/** Makes a text when it is first asked for. */
function kept(make: () => string): () => string {
  let text: string | undefined;
  return () => text ??= make();
}
