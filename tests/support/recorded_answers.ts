import { assertEquals } from "@std/assert";

/** What an original was asked over HTTP, and what it answered. */
export interface RecordedAnswer {
  /** Method and path. */
  readonly ask: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly allow?: string;
  /** A path: without the origin, which is another. */
  readonly location?: string;
  /** With times as T, hashes as H, and counts of blocks as N. */
  readonly answer: string;
}

/** The cases of a file of `tests/vectors`. */
export function readCases<T = RecordedAnswer>(name: string): readonly T[] {
  const url = new URL(`../vectors/${name}`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)).cases;
}

/** An answer as it is recorded: what differs from run to run has one letter. */
export function withoutMoments(text: string): string {
  return text.replaceAll(/\d{10}\.\d+/g, "T").replaceAll(/[0-9a-f]{64}/g, "H")
    .replaceAll(/"(blockIndex|blockCount|latestBlockIndex)":\d+/g, '"$1":N');
}

/** Asks a server all cases in their order, and holds its answers against those that are recorded. */
export async function assertAnswers(
  origin: string,
  cases: readonly RecordedAnswer[],
): Promise<void> {
  const wrong: unknown[] = [];
  for (const { ask, body, headers = {}, ...wanted } of cases) {
    const [method = "", path = ""] = ask.split(" ");
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(origin + path, {
      method,
      redirect: "manual",
      headers: { ...type, ...headers },
      ...body === undefined ? {} : { body },
    });
    const { allow, location } = Object.fromEntries(response.headers);
    const found = {
      status: response.status,
      ...allow === undefined ? {} : { allow },
      ...location === undefined ? {} : { location: location.replace(origin, "") },
      answer: withoutMoments(await response.text()),
    };
    if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push({ ask, body, found, wanted });
  }
  assertEquals(wrong, []);
}
