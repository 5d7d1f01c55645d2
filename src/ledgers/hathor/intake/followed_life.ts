import { z } from "zod";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Log } from "../../../log/log.ts";
import { keepLife, readLife } from "../../../remote/taken_chains.ts";
import type { NodeIdentity } from "./identity.ts";

/** A node that is followed, as it names itself: with any other, it is another life. */
export interface FollowedLife extends NodeIdentity {
  /** Hash of the first block. */
  readonly genesis: string;
}

const form: z.ZodType<FollowedLife> = z.object({
  peerId: z.string(),
  streamId: z.string(),
  genesis: z.string(),
});

function nameOf(network: string): readonly string[] {
  return ["remote", "hathor", network];
}

/** The life as the follower of remotes has it. */
export function lifeText({ genesis, peerId, streamId }: FollowedLife): string {
  return JSON.stringify({ genesis, peerId, streamId });
}

/** Which life of which node the chain of a network is of, where a node is followed. */
export async function readFollowedLife(
  log: Log,
  network: string,
): Promise<FollowedLife | undefined> {
  const kept = await readLife(log, nameOf(network));
  if (kept === undefined) return undefined;
  try {
    return form.parse(JSON.parse(kept));
  } catch (error) {
    throw new LedgerError("damaged", "Which node was followed cannot be read", {}, error);
  }
}

/** Keeps it, or that no node is followed any more. */
export function keepFollowedLife(
  log: Log,
  network: string,
  text: string | undefined,
): Promise<void> {
  return keepLife(log, nameOf(network), text);
}

/** Asserts that a network's chain is of no node that is followed: nothing may be added to such. */
export async function assertNotFollowed(log: Log, network: string): Promise<void> {
  if (await readFollowedLife(log, network) === undefined) return;
  throw new LedgerError(
    "config_invalid",
    `what is here of ${network} is of a node that was followed: go on with --hathor-follow, or take ` +
      "another store",
  );
}
