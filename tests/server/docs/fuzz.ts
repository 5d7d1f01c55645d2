import { join } from "node:path";
import { z } from "zod";
import type { OpenApi } from "./documents.ts";

/** What is there, by the name of the parameter that finds it: a fuzzer would never guess. */
export type Known = Readonly<Record<string, string>>;

/** How the fuzzer is run. */
export interface FuzzRun {
  readonly python: string;
  /** Where the operations are. */
  readonly origin: string;
  readonly document: OpenApi;
  readonly known: Known;
  /** Cases of each operation that are chosen at random. */
  readonly examples: number;
  /** Whether what is at the edges of each schema is tried before. */
  readonly hasEdges: boolean;
  readonly seed: number;
  readonly folder: string;
}

/** What is asked of each answer: that its status, its type, its headers and its body are told. */
const CHECKS = [
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
];

/** What an operation takes that the fuzzer can make. */
const taken = z.looseObject({ requestBody: z.looseObject({ content: z.object({}).loose() }) });

/** What it cannot make is not asked: bodies that are lines. */
function canBeMade(operation: unknown): boolean {
  const { data } = taken.safeParse(operation);
  return data === undefined || !("application/x-ndjson" in data.requestBody.content);
}

/** A document as the fuzzer takes it: each operation once, with examples of what is there. */
function fuzzed({ document, known }: Pick<FuzzRun, "document" | "known">): OpenApi {
  const paths = Object.entries(document.paths).flatMap(([path, methods]) => {
    const kept = Object.entries(methods).filter(([, operation]) =>
      operation["x-same-as"] === undefined && canBeMade(operation)
    ).map(([method, operation]) => {
      const parameters = operation.parameters.map((parameter) => {
        const example = known[parameter.name];
        return example === undefined ? parameter : { ...parameter, example };
      });
      return [method, { ...operation, parameters }] as const;
    });
    return kept.length === 0 ? [] : [[path, Object.fromEntries(kept)] as const];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

/** The paths of a document below a prefix, as they are on a port of its own. */
export function below(document: OpenApi, prefix: string, mount = ""): OpenApi {
  const paths = Object.entries(document.paths).filter(([path]) => isBelow(path, prefix))
    .map(([path, methods]) => [mount + path.slice(prefix.length) || "/", methods] as const);
  return { ...document, paths: Object.fromEntries(paths) };
}

/** The paths of a document that are below none of some prefixes. */
export function without(document: OpenApi, prefixes: readonly string[]): OpenApi {
  const paths = Object.entries(document.paths)
    .filter(([path]) => !prefixes.some((prefix) => isBelow(path, prefix)));
  return { ...document, paths: Object.fromEntries(paths) };
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** How many cases the fuzzer has tried, and what it says where it has found something. */
export async function fuzz(
  run: FuzzRun,
): Promise<{ readonly cases: number; readonly fault: string | undefined }> {
  const { python, origin, examples, hasEdges, seed, folder } = run;
  const file = join(folder, `${crypto.randomUUID()}.json`);
  await Deno.writeTextFile(file, JSON.stringify(fuzzed(run)));
  const { code, stdout, stderr } = await new Deno.Command(python, {
    args: [
      ...["-m", "schemathesis.cli", "run", file, `--url=${origin}`],
      ...[`--max-examples=${examples}`, `--seed=${seed}`, "--generation-database=none"],
      ...[
        `--phases=examples,${hasEdges ? "coverage," : ""}fuzzing`,
        `--checks=${CHECKS.join(",")}`,
      ],
      ...["--continue-on-failure", "--no-shrink", "--warnings=off", "--request-timeout=30"],
      "--suppress-health-check=all",
    ],
    cwd: folder,
    env: { NO_COLOR: "1", PYTHONIOENCODING: "utf-8" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const cases = Number(/^\s*(\d+) generated, /m.exec(said)?.[1] ?? 0);
  return { cases, fault: code === 0 && cases > 0 ? undefined : said };
}
