import type { Resource } from "../../../data/resource.ts";
import { useLiveResource } from "../../common/live.ts";
import { askNode } from "./node.ts";

/** What the node answers to a path, asked for again after each event; once where it is not live. */
export function useNode<T>(path: string, isLive = true): Resource<T> {
  return useLiveResource(
    `hathor ${path}`,
    (signal) => askNode<T>(path, signal),
    isLive ? "hathor" : undefined,
  );
}
