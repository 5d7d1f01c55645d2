import { getLogger } from "@logtape/logtape";
import { STATUS_TEXT } from "@std/http/status";
import { withoutSecrets } from "../kernel/secrets.ts";
import { answerTo, type ErrorTable } from "./error_table.ts";
import type { Answer } from "./operation.ts";
import { respond } from "./whole_response.ts";
import type { Words } from "./words.ts";

/** The media type of {@linkcode problem}. */
const PROBLEM_TYPE = "application/problem+json";

/** An error as RFC 9457 writes it, with the stable code beside it. `headers` are added to its own. */
export function problem(
  status: number,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const title = STATUS_TEXT[status] ?? "Error";
  const type = `urn:ledgerline:error:${code}`;
  const body = { type, title, status, code, detail: withoutSecrets(detail) };
  return respond(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...headers },
  });
}

/** The problem that stands for whatever a route of the server's own has thrown. */
export function problemOf(error: unknown): Response {
  return answerTo(error, PROBLEM_ERRORS);
}

const PROBLEM_ERRORS: ErrorTable = {
  logger: getLogger(["ledgerline", "server"]),
  refused: ({ status, code, message }) => problem(status, code, message),
  unexpected: () => problem(500, "internal", "An unexpected error occurred"),
};

/** What a {@linkcode problem} is. */
export function problemForm(): Answer {
  const members = ["type", "title", "code", "detail"].map((name) => [name, { type: "string" }]);
  const properties = { ...Object.fromEntries(members), status: { type: "integer" } };
  const schema = { type: "object", properties, required: Object.keys(properties) };
  return { content: { [PROBLEM_TYPE]: schema } };
}

/** The words of the server's own routes. */
export const PROBLEMS: Words = {
  form: problemForm,
  failure: (status, message, code) => problem(status, code, message),
  denied: (denial, { scope, chain }) =>
    denial === "forbidden"
      ? problem(403, denial, `This key does not allow ${scope} on ${JSON.stringify(chain)}`)
      : problem(401, "unauthorized", "A valid key is needed, as Authorization: Bearer", {
        "www-authenticate": "Bearer",
      }),
};
