import { count, shortened } from "../../base/format.ts";
import type { ProofParts, ProofVerdict } from "./proof_check.ts";
import { BOX_HEIGHT, BOX_WIDTH, layProof, type ProofBox } from "./proof_layout.ts";

const TITLES: Readonly<Record<ProofBox["kind"], string>> = {
  leaf: "Leaf",
  computed: "computed here",
  given: "given by the proof",
  root: "Merkle root",
};

/** The path from the event's leaf, below, up to the root of its block. */
export function ProofTree(
  { proof, verdict }: { readonly proof: ProofParts; readonly verdict: ProofVerdict },
) {
  const { boxes, lines, width, height } = layProof(verdict.levels);
  // How far a box is from the middle, for what stands above the root, and below the leaf.
  const aside = (box: ProofBox | undefined) => `${(box?.x ?? width / 2) - width / 2}px`;
  return (
    <div class="card proof" tabIndex={0} role="region" aria-label="The proof, drawn">
      <p
        class="proof-end"
        data-tone={verdict.isHeader && verdict.isRoot ? "good" : "bad"}
        style={{ left: aside(boxes.at(-1)) }}
      >
        Block {count(proof.blockIndex)} <span class="mono">{shortened(proof.blockHash, 26)}</span>
      </p>
      <div class="proof-tree" style={{ width: `${width}px`, height: `${height}px` }}>
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {lines.map(({ from, to }) => {
            const middle = (from.y + to.y) / 2;
            return (
              <path
                key={`${from.hash} ${from.x}`}
                data-kind={from.kind}
                d={`M${from.x},${from.y}V${middle}H${to.x}V${to.y}`}
              />
            );
          })}
        </svg>
        <ol>
          {boxes.map((box) => (
            <li
              key={`${box.kind} ${box.x} ${box.y}`}
              class="proof-box"
              data-tone={toneOf(box, verdict)}
              title={box.hash}
              style={{
                left: `${box.x - BOX_WIDTH / 2}px`,
                top: `${box.y - BOX_HEIGHT / 2}px`,
                width: `${BOX_WIDTH}px`,
                height: `${BOX_HEIGHT}px`,
              }}
            >
              <span class="proof-title">{TITLES[box.kind]}</span>
              <span class="mono">{shortened(box.hash, 24)}</span>
            </li>
          ))}
        </ol>
      </div>
      <p
        class="proof-end"
        data-tone={verdict.isLeaf ? "good" : "bad"}
        style={{ left: aside(boxes.find(({ kind }) => kind === "leaf")) }}
      >
        The text of the event
      </p>
    </div>
  );
}

function toneOf({ kind }: ProofBox, { isLeaf, isRoot }: ProofVerdict): string {
  switch (kind) {
    case "given":
      return "plain";
    case "leaf":
      return isLeaf ? "good" : "bad";
    case "root":
      return isRoot ? "good" : "bad";
    case "computed":
      return isRoot ? "own" : "bad";
  }
}
