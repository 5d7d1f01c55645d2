import { z } from "zod";
import type { LedgerApp, LedgerDefinition } from "../../web/ledger.ts";
import { described } from "../../web/described.ts";
import { inJson, type Tells } from "../../web/operation.ts";
import { problem, problemForm } from "../../web/problem.ts";
import { respond, respondJson } from "../../web/whole_response.ts";
import { envelope, envelopeOfAll } from "./envelope.ts";
import { cloudTypeOf, schemaIdOf } from "./formats.ts";

/** The dialect of JSON Schema that schemas are in. */
const DIALECT = "https://json-schema.org/draft/2020-12/schema";

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
 * | `GET /v1/schemas/envelope-of-all` | the same of an event of `/v1/all` |
 * | `GET /v1/schemas/{type}` | the JSON Schema of the data of an event of that type |
 */
export function schemaRoutes(app: LedgerApp, ledgers: readonly LedgerDefinition[]): void {
  const types = ledgers.flatMap(typesOf);
  const made = new Map<string, () => string>([
    ["envelope", kept(() => schemaText("envelope", "An event of a ledger's chain", envelope))],
    [
      "envelope-of-all",
      kept(() => schemaText("envelope-of-all", "An event of all chains", envelopeOfAll)),
    ],
    ...types.map(({ type, title, schema }) =>
      [type, kept(() => schemaText(type, title, schema))] as const
    ),
  ]);
  app.get(
    "/v1/schemas",
    described(toldOfTypes, () =>
      respondJson({
        envelope: "/v1/schemas/envelope",
        envelopeOfAll: "/v1/schemas/envelope-of-all",
        types: types.map(({ type, ledger, event }) => (
          { type, ledger, event, schema: `/v1/schemas/${encodeURIComponent(type)}` }
        )),
      })),
  );
  app.get(
    "/v1/schemas/:type",
    described(toldOfSchema, ({ req }) => {
      const text = made.get(req.param("type") ?? "")?.();
      if (text === undefined) return problem(404, "not_found", "There is no schema of that type");
      return respond(text, { headers: { "content-type": SCHEMA_TYPE } });
    }),
  );
}

const SCHEMA_TYPE = "application/schema+json";

const toldOfTypes: Tells = () => {
  const type = z.object({
    type: z.string(),
    ledger: z.string(),
    event: z.string(),
    schema: z.string().describe("Where its schema is"),
  });
  const body = z.object({ envelope: z.string(), envelopeOfAll: z.string(), types: z.array(type) });
  return { does: "Lists the types of events", isOpen: true, answers: { 200: inJson(body) } };
};

const toldOfSchema: Tells = () => ({
  does: "The JSON Schema of the data of events of a type, or of the envelope around it",
  isOpen: true,
  answers: { 200: { content: { [SCHEMA_TYPE]: { type: "object" } } }, 404: problemForm() },
});

function schemaText(type: string, title: string, schema: z.ZodType): string {
  const { $schema: _, ...told } = z.toJSONSchema(schema, { io: "output" });
  return JSON.stringify({ $schema: DIALECT, $id: schemaIdOf(type), title, ...told });
}

/** Makes a text when it is first asked for. */
function kept(make: () => string): () => string {
  let text: string | undefined;
  return () => text ??= make();
}
