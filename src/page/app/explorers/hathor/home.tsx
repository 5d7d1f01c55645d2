import { useState } from "preact/hooks";
import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Failure, Loading, Shown } from "../../parts/states.tsx";
import { Figures } from "../../parts/facts.tsx";
import { useLiveResource } from "../common/live.ts";
import { DagView } from "./dag/dag_view.tsx";
import type { Reorganisation } from "./dag/graph.ts";
import { useDag } from "./dag/use_dag.ts";
import { HathorHead } from "./head.tsx";
import { tokenAmount } from "./node/kinds.ts";
import type { Whole } from "../common/whole.ts";
import type { ListedVertex, NodeStatus } from "./node/answers.ts";
import { askNode, NODE, nodeVersion } from "./node/node.ts";
import { useNode } from "./node/use_node.ts";
import { Reorganisations } from "./reorganisations.tsx";
import {
  SHORT_BLOCK_COLUMNS,
  SHORT_TRANSACTION_COLUMNS,
  VertexLink,
  VertexTable,
} from "./vertex_table.tsx";

/** Heights that are drawn at first, and at the most. */
const HEIGHTS = 40;
const MOST_HEIGHTS = 320;

/** Vertices of each list beside the graph. */
const LATEST = 8;

interface Standing {
  readonly height: number;
  readonly best: string;
  readonly waiting: number;
  readonly hashrate: number;
  readonly mined: Whole;
  readonly network: string;
}

/** The graph as it grows, and the newest of all. */
export function HathorHome() {
  const path = `dashboard_tx?block=${LATEST}&tx=${LATEST}`;
  const latest = useNode<
    { readonly blocks: ListedVertex[]; readonly transactions: ListedVertex[] }
  >(path);
  const standing = useLiveResource("hathor standing", readStanding, "hathor");
  return (
    <>
      <HathorHead />
      <Standings standing={standing.value} />
      <Graph />
      <div class="split">
        <Section title="Latest blocks" side={<a href={hrefOf("/hathor/blocks")}>All</a>}>
          <Shown of={latest} lines={LATEST + 1}>
            {({ blocks }) => (
              <VertexTable
                caption="Latest blocks"
                columns={SHORT_BLOCK_COLUMNS}
                vertices={blocks}
                empty={<Empty title="No blocks yet" />}
              />
            )}
          </Shown>
        </Section>
        <Section
          title="Latest transactions"
          side={<a href={hrefOf("/hathor/transactions")}>All</a>}
        >
          <Shown of={latest} lines={LATEST + 1}>
            {({ transactions }) => (
              <VertexTable
                caption="Latest transactions"
                columns={SHORT_TRANSACTION_COLUMNS}
                vertices={transactions}
                empty={<Empty title="No transactions yet" />}
              />
            )}
          </Shown>
        </Section>
      </div>
      <Reorganisations />
      <SameAs
        requests={[
          { path: `${NODE}status` },
          { path: NODE + path },
          {
            path: `v1/stream/hathor/${standing.value?.network ?? "privatenet"}?offset=now`,
            isStream: true,
          },
        ]}
      />
    </>
  );
}

function Graph() {
  const [heights, setHeights] = useState(HEIGHTS);
  const { vertices, reorganisation, error } = useDag(heights);
  const more = () => setHeights(Math.min(MOST_HEIGHTS, heights * 2));
  return (
    <Section
      title="The graph, live"
      side={
        <>
          <ReorganisationNote of={reorganisation} />
          <button
            type="button"
            class="button"
            disabled={heights >= MOST_HEIGHTS}
            onClick={more}
          >
            More of the past
          </button>
        </>
      }
    >
      {vertices !== undefined
        ? <DagView vertices={vertices} />
        : error === undefined
        ? (
          <div class="dag-wait">
            <Loading lines={12} />
          </div>
        )
        : <Failure error={error} />}
    </Section>
  );
}

/** Says that the best chain has just given way to another. */
function ReorganisationNote({ of }: { readonly of: Reorganisation | undefined }) {
  return (
    <span class="dag-note" role="status">
      {of !== undefined && (
        <>
          {of.size === 1 ? "A block" : `${count(of.size)} blocks`} gave way: the best is now{" "}
          <VertexLink hash={of.next} chars={14} />
        </>
      )}
    </span>
  );
}

function Standings({ standing }: { readonly standing: Standing | undefined }) {
  const waiting = "–";
  return (
    <Figures
      facts={{
        Height: standing ? count(standing.height) : waiting,
        "Best block": standing
          ? (
            <a class="mono" href={hrefOf(pathOf("hathor", "tx", standing.best))}>
              …{standing.best.slice(-12)}
            </a>
          )
          : waiting,
        Waiting: standing
          ? <a href={hrefOf("/hathor/mempool")}>{count(standing.waiting)}</a>
          : waiting,
        Mined: standing ? tokenAmount(standing.mined) : waiting,
        "Hashes a second": standing ? count(Math.round(standing.hashrate)) : waiting,
        Network: standing?.network ?? waiting,
      }}
    />
  );
}

async function readStanding(signal: AbortSignal): Promise<Standing> {
  const [{ dag }, { transactions }, mining, { network }] = await Promise.all([
    askNode<NodeStatus>("status", signal),
    askNode<{ readonly transactions: readonly string[] }>("mempool", signal),
    askNode<{ readonly hashrate: number; readonly mined_tokens: Whole }>("getmininginfo", signal),
    nodeVersion(),
  ]);
  const { hash: best, height } = dag.best_block;
  const { hashrate, mined_tokens: mined } = mining;
  return { height, best, waiting: transactions.length, hashrate, mined, network };
}
