import { ApiError } from "../../../data/api.ts";
import { askExact } from "../../common/exact.ts";
import type { NodeVersion } from "./answers.ts";

/** Where the node's API is. */
export const NODE = "hathor/v1a/";

/** The uid of the network's own token. */
export const NATIVE_UID = "00";

/** Asks the node. What it has not is refused with status 200: here it is a refusal like others. */
export async function askNode<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await askExact<T & { readonly success?: boolean; readonly message?: string }>(
    NODE + path,
    { signal },
  );
  if (answer.success !== false) return answer;
  throw new ApiError("not_found", answer.message ?? "The node refuses that", 404);
}

let version: Promise<NodeVersion> | undefined;

/** What the node says of itself, asked for once. */
export function nodeVersion(): Promise<NodeVersion> {
  version ??= askNode<NodeVersion>("version").catch((error) => {
    version = undefined;
    throw error;
  });
  return version;
}
