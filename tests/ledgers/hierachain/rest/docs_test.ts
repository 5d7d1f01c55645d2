import { assert, assertEquals, assertMatch } from "@std/assert";
import { withServer } from "../../../support/in_process.ts";
import { readCases } from "../../../support/recorded_answers.ts";

interface RecordedOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly unknown[];
  readonly body: string;
  readonly fields: readonly string[];
  readonly required: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: { readonly default?: unknown };
}

Deno.test("openapi.json has every operation of hierachain 0.2.0, with its fields", async () => {
  await withServer(async ({ api }) => {
    const { body } = await api.get("/openapi.json");
    const wanted = readCases<RecordedOperation>("hierachain_openapi.json");
    const byPlace = (a: RecordedOperation, b: RecordedOperation) =>
      `${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1;
    const found = Object.keys(body.paths).flatMap((path) =>
      Object.keys(body.paths[path]).map((method): RecordedOperation => {
        const { operationId, parameters = [], requestBody } = body.paths[path][method];
        const reference = requestBody?.content["application/json"].schema.$ref ?? "";
        const name = reference.split("/").at(-1);
        const schema = body.components.schemas[name] ?? { properties: {}, required: [] };
        return {
          method,
          path,
          operationId,
          parameters: parameters.map((parameter: Parameter) => [
            parameter.name,
            parameter.in,
            parameter.required,
            parameter.schema.default ?? null,
          ]),
          body: name,
          fields: Object.keys(schema.properties),
          required: schema.required,
        };
      })
    );
    assertEquals(found.toSorted(byPlace), wanted.toSorted(byPlace));
  });
});

Deno.test("the pages of the API load nothing, and every operation is on them", async () => {
  await withServer(async ({ api }) => {
    const { body } = await api.get("/openapi.json");
    for (const path of ["/docs", "/redoc"]) {
      const { text, headers } = await api.get(path);
      assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
      assertMatch(
        headers.get("content-security-policy") ?? "",
        /^default-src 'none'; style-src 'sha256-/,
      );
      assert(!/<script|<link|<img|https?:/.test(text));
      for (const each of Object.keys(body.paths)) {
        assert(text.includes(`<code>${each}</code>`), each);
      }
      assertEquals((await api.ask("HEAD", path)).text, "");
    }
  });
});
