import { errorOf } from "../../../base/error.ts";
import { useEffect, useState } from "preact/hooks";
import { StreamClient } from "../../../../../client/mod.ts";
import { theKey } from "../../../base/key.ts";
import { useStore } from "../../../base/store.ts";
import { addressOf, ApiError } from "../../../data/api.ts";
import { findChain, readEvents, streamPath } from "../../../data/chains.ts";
import { nodeVersion } from "../node/node.ts";
import {
  DAG_TYPES,
  DagGraph,
  type DagVertex,
  type NodeEventData,
  type Reorganisation,
} from "./graph.ts";

/** The newest part of the graph as it is now. */
export interface LiveDag {
  /** Undefined until all that was there has been read. */
  readonly vertices: readonly DagVertex[] | undefined;
  /** The last reorganisation that was seen while the page was open. */
  readonly reorganisation: Reorganisation | undefined;
  readonly error: Error | undefined;
}

/** Events that are read for each height that is kept. */
const EVENTS_PER_HEIGHT = 16;

/** Milliseconds between two drawings. */
const DRAW_MS = 100;

/** What the node tells in an event of its chain. */
interface ToldEvent {
  readonly data?: NodeEventData;
}

const NOTHING: LiveDag = { vertices: undefined, reorganisation: undefined, error: undefined };

/** Follows the network's chain, from so many heights before its end on. */
export function useDag(heights: number): LiveDag {
  const [dag, set] = useState<LiveDag>(NOTHING);
  const key = useStore(theKey);
  useEffect(() => {
    const ended = new AbortController();
    follow(heights, ended.signal, set).catch((error: unknown) => {
      if (ended.signal.aborted) return;
      set({ ...NOTHING, error: errorOf(error) });
    });
    return () => ended.abort();
  }, [heights, key]);
  return dag;
}

async function follow(
  heights: number,
  signal: AbortSignal,
  set: (dag: LiveDag) => void,
): Promise<void> {
  const chain = `hathor/${(await nodeVersion()).network}`;
  const events = (await findChain(chain, signal))?.events;
  if (events === undefined) throw new ApiError("not_found", `There is no chain ${chain}`, 404);
  const first = events - heights * EVENTS_PER_HEIGHT;
  const [before] = first <= 0
    ? []
    : await readEvents(chain, { from: `${first - 1}`, limit: 1 }, signal);
  const graph = new DagGraph(heights);
  let isLive = false;
  let isDue = false;
  let reorganisation: Reorganisation | undefined;
  const draw = () => {
    isDue = false;
    if (!signal.aborted) set({ vertices: graph.vertices(), reorganisation, error: undefined });
  };
  const client = new StreamClient<ToldEvent>(addressOf(streamPath(chain)), { key: theKey.value });
  const from = before === undefined ? { offset: "-1" } : { after: before.id };
  const onCaughtUp = () => {
    if (!isLive) draw();
    isLive = true;
  };
  for await (
    const { type = "", data } of client.follow({ ...from, types: DAG_TYPES, signal, onCaughtUp })
  ) {
    graph.take(type, data.data ?? {});
    if (!isLive) continue;
    if (type === "REORG_STARTED") reorganisation = graph.reorganisation;
    if (isDue) continue;
    isDue = true;
    setTimeout(draw, DRAW_MS);
  }
}
