import { assertEquals } from "@std/assert";
import { z } from "zod";
import { summary } from "../../src/cli/backend/server_answers.ts";
import { isCopied } from "../../src/server/admin/copied_chains.ts";
import { linesOfBody } from "../../src/server/admin/lines.ts";
import { until } from "./until.ts";

/** What `/v1/chains` tells of each chain that is copied, by name. */
export async function copiedHeads(origin: string): Promise<Map<string, string>> {
  const response = await fetch(`${origin}/v1/chains`);
  const heads = new Map<string, string>();
  if (response.body === null) return heads;
  for await (const line of linesOfBody(response.body)) {
    if (line === "") continue;
    // What a chain is, and not when it is looked at.
    const { chain, time: _time, rate: _rate, ...head } = summary.parse(JSON.parse(line));
    if (isCopied(chain)) heads.set(chain, JSON.stringify(head));
  }
  return heads;
}

/** A chain's records, as they are stored. */
export async function recordsOf(origin: string, chain: string, epoch: string): Promise<string> {
  const parts: string[] = [];
  for (let from = 0;;) {
    const path = `/v1/chains/${encodeURIComponent(chain)}/records?epoch=${epoch}&from=${from}`;
    const response = await fetch(origin + path);
    const bytes = await response.bytes();
    // Past the end.
    if (response.status === 400) return parts.join("");
    assertEquals(response.status, 200, new TextDecoder().decode(bytes));
    parts.push(bytes.toHex());
    from = Number(response.headers.get("ledger-next"));
  }
}

/**
 * Waits until a mirror has what its remote has, and holds all of it to the remote's, byte for byte.
 * The remote may be written to meanwhile, or follow a node of its own: then it is looked at again.
 */
export async function assertMirrored(remote: string, mirror: string): Promise<void> {
  await until("the mirror has what the remote has", async () => {
    const [there, here] = await Promise.all([copiedHeads(remote), copiedHeads(mirror)]);
    if (!isSame(there, here)) return false;
    const records: [string, string, string][] = [];
    for (const [chain, head] of there) {
      const { epoch } = summary.pick({ epoch: true }).parse(JSON.parse(head));
      records.push([
        chain,
        await recordsOf(mirror, chain, epoch),
        await recordsOf(remote, chain, epoch),
      ]);
    }
    if (!isSame(there, await copiedHeads(remote))) return false;
    for (const [chain, copied, original] of records) assertEquals(copied, original, chain);
    return true;
  });
}

function isSame(some: Map<string, string>, others: Map<string, string>): boolean {
  return some.size === others.size && [...some].every(([name, head]) => others.get(name) === head);
}

const readiness = z.object({
  status: z.string(),
  remotes: z.array(z.looseObject({
    name: z.string(),
    state: z.string(),
    code: z.string().optional(),
    lagEvents: z.number(),
    refused: z.number(),
  })),
});

/** What a server says of the one that it follows. */
export async function remoteOf(origin: string) {
  const answer = readiness.parse(await (await fetch(`${origin}/readyz`)).json());
  const [remote] = answer.remotes;
  if (remote === undefined) throw new Error("no remote is followed");
  return { ...remote, status: answer.status };
}
