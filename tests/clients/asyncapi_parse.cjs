// Prints what AsyncAPI's own parser has against each of the documents named, as a line of JSON.
const { readFile } = require("node:fs/promises");
const { argv, stdout } = require("node:process");
const { Parser } = require("@asyncapi/parser");

async function main() {
  const parser = new Parser();
  for (const path of argv.slice(2)) {
    const { document, diagnostics } = await parser.parse(await readFile(path, "utf8"));
    const faults = diagnostics.map(({ code, path: at, message }) => (
      { code, at: at.join("."), message }
    ));
    stdout.write(`${JSON.stringify({ version: document?.version(), faults })}\n`);
  }
}

main();
