import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { LEDGERS } from "../../src/ledgers/registry.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { allPages, ROOT } from "./pages.ts";

const pages = await allPages();

/** Words that the README has at the most. */
const README_WORDS = 900;

Deno.test("links of pages lead somewhere", async () => {
  const dead: string[] = [];
  for (const { path, text } of pages) {
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link)) continue;
      const [file = "", section] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      const there = await Deno.readTextFile(join(ROOT, target)).catch(() => undefined);
      const isFolder = await Deno.stat(join(ROOT, target)).then(
        (found) => found.isDirectory,
        () => false,
      );
      const isThere = section === undefined
        ? there !== undefined || isFolder
        : there !== undefined && sectionsOf(there).includes(section);
      if (!isThere) dead.push(`${path}: ${link}`);
    }
  }
  assertEquals(dead, []);
});

Deno.test("every setting is on a page", () => {
  const all = pages.filter(({ path }) => path !== "CHANGELOG.md").map(({ text }) => text).join(
    "\n",
  );
  const settings = [serverSettings, ...LEDGERS.map(({ settings }) => settings)];
  const missing = settings.flatMap((some) => Object.keys(some)).filter((name) =>
    !new RegExp(`--${name}(?![\\w-])`).test(all)
  );
  assertEquals(missing, []);
});

Deno.test("the README is short", () => {
  const words = pages.find(({ path }) => path === "README.md")?.text.trim().split(/\s+/).length ??
    0;
  assert(words > 0 && words <= README_WORDS, `it has ${words} words`);
});

/** The names under which headings can be linked to. */
function sectionsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}
