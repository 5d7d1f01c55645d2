import { useMemo, useRef, useState } from "preact/hooks";
import { count, shortened } from "../../../base/format.ts";
import { hrefOf, pathOf } from "../../../base/place.ts";
import { Ago } from "../../../parts/ago.tsx";
import { Tag } from "../../../parts/link.tsx";
import type { DagVertex } from "./graph.ts";
import { type DagNode, type Direction, edgePath, layDag, neighbourOf } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { useFlipped } from "./use_flipped.ts";
import { useView } from "./use_view.ts";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Closer and farther, by a step. */
const STEP = 1.25;

/** The graph, drawn: it can be dragged, zoomed, and gone through by the arrow keys. */
export function DagView({ vertices }: { readonly vertices: readonly DagVertex[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const drawing = useMemo(() => layDag(vertices), [vertices]);
  const { view, isFollowing, zoom, fit, follow, reveal } = useView(frame, drawing);
  const flipped = useFlipped(vertices);
  const [at, setAt] = useState<string | undefined>();
  const { nodes, edges } = drawing;
  const shown = nodes.find(({ vertex }) => vertex.hash === at);
  const start = shown ?? nodes.findLast(({ vertex }) => vertex.isBlock && !vertex.isVoided);
  const move = (event: KeyboardEvent) => {
    const direction = ARROWS[event.key];
    if (direction === undefined) {
      if (event.key === "+" || event.key === "=") zoom(STEP);
      else if (event.key === "-") zoom(1 / STEP);
      else if (event.key === "0") fit();
      return;
    }
    event.preventDefault();
    const next = start && neighbourOf(nodes, start, direction);
    if (next === undefined) return;
    setAt(next.vertex.hash);
    reveal(next);
    frame.current?.querySelector<SVGElement>(`[data-hash="${next.vertex.hash}"]`)
      ?.focus({ preventScroll: true });
  };
  const { x, y, scale } = view;
  return (
    <>
      <div
        ref={frame}
        class="dag card"
        data-following={isFollowing}
        onKeyDown={move}
        onPointerLeave={() => setAt(undefined)}
      >
        <svg class="dag-drawing" role="group" aria-label={`The graph, ${nodes.length} vertices`}>
          <g class="dag-moved" style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}>
            {edges.map((edge) => {
              const [from, to] = [edge.from.vertex, edge.to.vertex];
              const path = edgePath(edge);
              return (
                <path
                  key={`${from.hash} ${to.hash} ${path}`}
                  class={`dag-edge dag-${edge.kind}`}
                  data-voided={from.isVoided}
                  data-near={from.hash === at || to.hash === at}
                  d={path}
                />
              );
            })}
            {nodes.map((node) => (
              <Node
                key={node.vertex.hash}
                node={node}
                isStart={node === start}
                isShown={node === shown}
                isFlipped={flipped.has(node.vertex.hash)}
                show={setAt}
              />
            ))}
          </g>
        </svg>
        {shown !== undefined && <Shown node={shown} />}
      </div>
      <div class="dag-foot">
        <Legend />
        <div class="dag-controls" role="group" aria-label="How the graph is seen">
          <button type="button" class="button" aria-label="Closer" onClick={() => zoom(STEP)}>
            +
          </button>
          <button type="button" class="button" aria-label="Farther" onClick={() => zoom(1 / STEP)}>
            −
          </button>
          <button type="button" class="button" onClick={fit}>All</button>
          <button type="button" class="button" disabled={isFollowing} onClick={follow}>
            Newest
          </button>
        </div>
      </div>
    </>
  );
}

function Node(
  { node: { vertex, x, y, colour }, isStart, isShown, isFlipped, show }: {
    readonly node: DagNode;
    readonly isStart: boolean;
    readonly isShown: boolean;
    readonly isFlipped: boolean;
    readonly show: (hash: string) => void;
  },
) {
  const { hash, isBlock, height, isVoided } = vertex;
  const name = isBlock ? `Block ${count(height)}` : `Transaction ${shortened(hash, 12)}`;
  return (
    <a
      class="dag-node"
      href={hrefOf(pathOf("hathor", "tx", hash))}
      aria-label={`${name}, ${stateOf(vertex)}`}
      tabIndex={isStart ? 0 : -1}
      data-hash={hash}
      data-block={isBlock}
      data-state={isVoided ? "voided" : colour === undefined ? "waiting" : "counts"}
      data-colour={colour}
      data-shown={isShown}
      data-flipped={isFlipped}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      onPointerEnter={() => show(hash)}
      onFocus={() => show(hash)}
    >
      {isBlock
        ? (
          <>
            <rect x="-23" y="-13" width="46" height="26" rx="5" />
            <text y="4">{count(height)}</text>
          </>
        )
        : <circle r="8" />}
      {isVoided && !isBlock && <path class="dag-cross" d="M-4,-4L4,4M4,-4L-4,4" />}
    </a>
  );
}

function stateOf({ isBlock, isVoided, firstBlock }: DagVertex): string {
  if (isVoided) return "voided";
  if (isBlock) return "in the best chain";
  return firstBlock === undefined ? "waiting for a block" : "confirmed";
}

/** What is known of the vertex that is pointed at. */
function Shown({ node: { vertex } }: { readonly node: DagNode }) {
  const { hash, isBlock, height, isVoided, firstBlock, timestamp, spends } = vertex;
  const tone = isVoided ? "bad" : !isBlock && firstBlock === undefined ? "warn" : "good";
  return (
    <div class="dag-shown" aria-live="polite">
      <strong>{isBlock ? `Block ${count(height)}` : "Transaction"}</strong>
      <span class="mono">{shortened(hash, 20)}</span>
      <Tag tone={tone}>{stateOf(vertex)}</Tag>
      {!isBlock && <span class="muted">spends from {spends.length}</span>}
      <span class="muted">
        <Ago time={timestamp * 1_000} />
      </span>
    </div>
  );
}
