/**
 * Makes `document.ts` of the sources in `app`: one document with its style and its script inside, so
 * that nothing else has to be found, whatever path the server is behind. Run by `deno task page`; who
 * starts the program needs none of it.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

const HERE = import.meta.dirname ?? ".";

/** Stylesheets in the order in which they count. */
const STYLES = [
  "base",
  "frame",
  "controls",
  "parts",
  "chain",
  "screens",
  "explorers",
  "graph",
  "drawings",
];

/** The text of `document.ts` as the sources are now. */
export async function makeDocument(): Promise<string> {
  const [template, script, ...styles] = await Promise.all([
    Deno.readTextFile(join(HERE, "template.html")),
    bundled(),
    ...STYLES.map((name) => Deno.readTextFile(join(HERE, "app/style", `${name}.css`))),
  ]);
  const style = tightened(styles.join("\n"));
  for (const [what, text] of [["</script", script], ["</style", style]] as const) {
    if (text.includes(what)) throw new Error(`${what} would end the element before its time`);
  }
  // A function, since a text would have its dollars read as names.
  const html = template.trim().replaceAll(/>\n/g, ">")
    .replace(/>\s*\/\*style\*\/\s*</, () => `>${style}<`)
    .replace(/>\s*\/\*script\*\/\s*</, () => `>${script}<`);
  return [
    "// deno-fmt-ignore-file",
    "// Made by `deno task page` of what is in `app`: see README.md.",
    "/** The page: one document of HTML. */",
    `export const DOCUMENT: string = ${JSON.stringify(html)};`,
    "/** What its policy lets run, and be drawn with. */",
    `export const SCRIPT_HASH = "${hashOf(script)}";`,
    `export const STYLE_HASH = "${hashOf(style)}";`,
    "/** Changes with the page. */",
    `export const TAG = '"${createHash("sha256").update(html).digest("hex").slice(0, 20)}"';`,
    "",
  ].join("\n");
}

async function bundled(): Promise<string> {
  const args = ["bundle", "--quiet", "--config", join(HERE, "deno.json"), "--platform", "browser"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--minify", join(HERE, "app/main.tsx")],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** A stylesheet without comments, and with one space where there are several. */
function tightened(css: string): string {
  return css.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};]) ?/g, "$1").replaceAll(/;}/g, "}").trim();
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

if (import.meta.main) {
  await Deno.writeTextFile(join(HERE, "document.ts"), await makeDocument());
}
