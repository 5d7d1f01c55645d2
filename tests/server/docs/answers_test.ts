import { Ajv2020, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { withServer } from "../../support/in_process.ts";
import { PREPARATION, REQUESTS } from "../../support/stranger/seeds.ts";
import type { WireRequest } from "../../support/stranger/wire.ts";
import { type OpenApi, openapiAt } from "./documents.ts";

const answered = z.looseObject({
  responses: z.record(z.string(), z.looseObject({})),
});

/** What a document says of an operation's answers. */
class Promised {
  readonly #document: OpenApi;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #made = new Map<string, ValidateFunction>();
  readonly #paths: readonly (readonly [path: string, words: readonly string[]])[];

  constructor(document: OpenApi) {
    this.#document = document;
    formats.default(this.#ajv);
    this.#ajv.addFormat("base64", true);
    this.#ajv.addSchema({ ...document }, "document");
    const exactFirst = (path: string) => path.split("{").length;
    this.#paths = Object.keys(document.paths).sort((a, b) => exactFirst(a) - exactFirst(b))
      .map((path) => [path, path.split("/")]);
  }

  /** The operation of a request, as `[path, method]`; undefined where there is none. */
  find({ method, path }: WireRequest): readonly [string, string] | undefined {
    const plain = path.replace(/\?.*/s, "").replace(/(?<=.)\/$/, "");
    const asked = plain.startsWith("/v1/stream/") && !plain.startsWith("/v1/stream/__ds/")
      ? ["", "v1", "stream", "s"]
      : plain.split("/");
    const found = this.#paths.find(([path, words]) =>
      words.length === asked.length &&
      words.every((word, at) => word.startsWith("{") || word === asked[at]) &&
      this.#document.paths[path]?.[method.toLowerCase()] !== undefined
    );
    return found && [found[0], method.toLowerCase()];
  }

  /** What is wrong with an answer; undefined where it is as it was promised. */
  fault(
    [path, method]: readonly [string, string],
    { status, type, body }: {
      readonly status: number;
      readonly type: string | null;
      readonly body: string;
    },
  ): string | undefined {
    const { responses } = answered.parse(this.#document.paths[path]?.[method]);
    const said = responses[String(status)];
    if (said === undefined) return `status ${status} is not told`;
    const pointer = ["", "paths", path, method, "responses", String(status)];
    const reference = said["$ref"];
    const place = typeof reference === "string"
      ? reference.slice(1)
      : pointer.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
    const content = this.#contentAt(place);
    if (content === undefined) return body === "" ? undefined : "there is a body";
    const plain = (text: string) => text.split(";")[0];
    const found = Object.keys(content).find((each) =>
      each === "*/*" || plain(each) === plain(type ?? "")
    );
    if (found === undefined) return `the type ${type} is not told`;
    if (!/json$/.test(found) || method === "head") return undefined;
    const escaped = found.replaceAll("/", "~1");
    const at = `document#${encodeURI(`${place}/content/${escaped}/schema`)}`;
    // Of lines each is as the schema of their content says.
    const [schema, texts] = found === "application/x-ndjson"
      ? [`${at}/contentSchema`, body.split("\n").filter((line) => line !== "")]
      : [at, [body]];
    const validate = this.#made.get(schema) ?? this.#ajv.compile({ $ref: schema });
    this.#made.set(schema, validate);
    const wrong = texts.find((text) => !validate(JSON.parse(text)));
    return wrong === undefined
      ? undefined
      : `${this.#ajv.errorsText(validate.errors)}: ${wrong.slice(0, 300)}`;
  }

  #contentAt(place: string): Readonly<Record<string, unknown>> | undefined {
    let value: unknown = this.#document;
    for (const part of place.split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      value = z.record(z.string(), z.unknown()).parse(value)[name];
    }
    return z.object({ content: z.record(z.string(), z.unknown()).optional() }).parse(value).content;
  }
}

async function ask(origin: string, { method, path, headers, body }: WireRequest) {
  const response = await fetch(origin + path, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...method === "GET" || method === "HEAD"
      ? {}
      : { body: new TextEncoder().encode(String(body)) },
    redirect: "manual",
  });
  const { status } = response;
  const type = response.headers.get("content-type");
  // These do not end by themselves.
  const isEndless = type === "text/event-stream" || (path.startsWith("/v1/records") && response.ok);
  if (!isEndless) return { status, type, body: await response.text() };
  await response.body?.cancel();
  return { status, type, body: "" };
}

Deno.test("requests of recorded clients, and of each route, are answered as the document says", async () => {
  await withServer(async ({ main }) => {
    const promised = new Promised(await openapiAt(main));
    for (const request of PREPARATION) await ask(main, request);
    const tried = new Set<string>();
    const faults = new Set<string>();
    const unknown = new Set<string>();
    for (const request of Object.values(REQUESTS).flat()) {
      if (request.method === "OPTIONS") continue;
      const operation = promised.find(request);
      const answer = await ask(main, request);
      if (operation === undefined) {
        // What no document tells of is not there.
        if (![404, 405].includes(answer.status)) unknown.add(`${request.method} ${request.path}`);
        continue;
      }
      const [path, method] = operation;
      tried.add(`${path} ${method} ${answer.status}`);
      const fault = promised.fault(operation, answer);
      if (fault !== undefined) faults.add(`${method} ${path} ${answer.status}: ${fault}`);
    }
    assertEquals([...faults], []);
    assertEquals([...unknown], []);
    assert(tried.size > 150, `${tried.size} answers`);
  }, { flags: ["--streams-long-poll-seconds=0.1"] });
});
