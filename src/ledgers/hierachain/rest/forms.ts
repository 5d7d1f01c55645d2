import { z } from "zod";
import { type Answer, inJson } from "../../../web/operation.ts";

/** An error that the original raises on purpose, with what else is told of it. */
export function errorForm(): Answer {
  return inJson(errorSchema());
}

function errorSchema() {
  return z.looseObject({ error: z.string(), message: z.string(), status_code: z.int() });
}

/** What the original's framework says of a request that is not valid. */
export const VALIDATION = {
  title: "HTTPValidationError",
  type: "object",
  required: ["detail"],
  properties: {
    detail: {
      type: "array",
      items: {
        type: "object",
        required: ["loc", "msg", "type"],
        properties: {
          loc: { type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] } },
          msg: { type: "string" },
          type: { type: "string" },
        },
      },
    },
  },
};

/** The answer to a request that is not valid, for the framework or beyond it. */
function invalidForm(): Answer {
  return inJson({ anyOf: [VALIDATION, errorSchema()] });
}

/** Errors of some statuses. */
export function errors(...statuses: readonly number[]): Record<number, Answer> {
  return Object.fromEntries(
    statuses.map((status) => [status, status === 422 ? invalidForm() : errorForm()]),
  );
}
