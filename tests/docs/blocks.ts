/** A fenced block of a page. */
export interface Block {
  /** The first word behind the fence, such as `sh`. */
  readonly language: string;
  /** What else stands there. */
  readonly mark: string;
  /** Its first line in the page, from 1. */
  readonly line: number;
  readonly text: string;
}

const FENCE = /^([ \t]*)```(\S+)[ \t]*(.*)\n([\s\S]*?)^\1```$/gm;

/** The fenced blocks of a page in their order, but those that say no language. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(FENCE)].map((found) => {
    const [, , language = "", mark = "", text = ""] = found;
    const line = page.slice(0, found.index).split("\n").length;
    return { language, mark, line, text };
  });
}

/** What begins the mark of a block that no test runs; the reason follows. */
const NOT_RUN = "not-run: ";

/** Why a block is not run; undefined where it is. */
export function reasonNotToRun({ mark }: Block): string | undefined {
  return mark.startsWith(NOT_RUN) ? mark.slice(NOT_RUN.length) : undefined;
}

/** Whether a block goes on until it is stopped, so that what follows needs another terminal. */
export function goesOn({ mark }: Block): boolean {
  return mark === "goes-on";
}

/**
 * Whether lines of an example are printed, in their order and perhaps with others between them; `…`
 * stands for anything.
 */
export function isPrinted(example: string, output: string): boolean {
  const lines = example.trim().split("\n").map((line) =>
    line.trim().split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")
  );
  return new RegExp(lines.join("[\\s\\S]*?")).test(output);
}
