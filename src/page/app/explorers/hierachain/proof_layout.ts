import type { ProofLevel } from "./merkle_check.ts";

/** A hash of the drawing, by the middle of its box. */
export interface ProofBox {
  readonly hash: string;
  /** What is computed on the way, what the proof gives, and the two ends. */
  readonly kind: "leaf" | "computed" | "given" | "root";
  readonly x: number;
  readonly y: number;
}

/** A path drawn as a tree: the leaf below, each parent in the middle above its two children. */
export interface ProofDrawing {
  readonly boxes: readonly ProofBox[];
  /** From each child up to its parent. */
  readonly lines: readonly { readonly from: ProofBox; readonly to: ProofBox }[];
  readonly width: number;
  readonly height: number;
}

/** Pixels from box to box, and from level to level. */
export const BOX_WIDTH = 224;
export const BOX_HEIGHT = 46;
const ACROSS = BOX_WIDTH + 28;
const UP = BOX_HEIGHT + 34;

/** Places the hashes of a path, from the leaf to the root. */
export function layProof(levels: readonly ProofLevel[]): ProofDrawing {
  const boxes: ProofBox[] = [];
  const lines: { from: ProofBox; to: ProofBox }[] = [];
  const top = levels.length - 1;
  const kindOf = (at: number) => at === top ? "root" : at === 0 ? "leaf" : "computed";
  let last: ProofBox | undefined;
  for (const [at, { hash, sibling }] of levels.entries()) {
    const y = BOX_HEIGHT / 2 + (top - at) * UP;
    let x = 0;
    if (last !== undefined && sibling !== undefined) {
      const aside = sibling.side === "right" ? ACROSS : -ACROSS;
      const given: ProofBox = { hash: sibling.hash, kind: "given", x: last.x + aside, y: last.y };
      x = last.x + aside / 2;
      const box: ProofBox = { hash, kind: kindOf(at), x, y };
      boxes.push(given, box);
      // What is computed is drawn over what is given.
      lines.push({ from: given, to: box }, { from: last, to: box });
      last = box;
    } else {
      last = { hash, kind: kindOf(at), x, y };
      boxes.push(last);
    }
  }
  const least = Math.min(...boxes.map((box) => box.x)) - BOX_WIDTH / 2;
  const most = Math.max(...boxes.map((box) => box.x)) + BOX_WIDTH / 2;
  const moved = new Map(boxes.map((box) => [box, { ...box, x: box.x - least }]));
  const at = (box: ProofBox) => moved.get(box) ?? box;
  return {
    boxes: [...moved.values()],
    lines: lines.map(({ from, to }) => ({ from: at(from), to: at(to) })),
    width: most - least,
    height: BOX_HEIGHT + top * UP,
  };
}
