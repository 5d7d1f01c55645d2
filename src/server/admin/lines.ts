import { LedgerError } from "../../kernel/errors.ts";

/** Characters of a line: the largest event, each of its bytes written as an escape. */
const LINE_CHARS = 8 * 1024 * 1024;

/**
 * Whole lines of a body of text, without their line feeds: as many at once as have arrived.
 * Throws `import_invalid` for a line that has no end.
 */
export async function* linesAsTheyCome(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string[], void, void> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_CHARS) {
      throw new LedgerError("import_invalid", `A line has up to ${LINE_CHARS} characters`);
    }
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}

/** As {@linkcode linesAsTheyCome}, one by one. */
export async function* linesOfBody(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, void> {
  for await (const lines of linesAsTheyCome(body)) yield* lines;
}
