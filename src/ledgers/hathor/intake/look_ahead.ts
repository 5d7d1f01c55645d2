import type { LookAhead } from "../../../log/command.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { AddressVersions } from "../networks/address.ts";
import { readHeights } from "../rows/heights.ts";
import { isDoubtful } from "../rows/presence.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import { addressRow, balanceRow, NODE_STATE, type NodeStateRow } from "../rows/rows.ts";
import type { StoredVertices } from "../rows/stored_vertices.ts";
import { dependenciesOf } from "../rules/dependencies.ts";
import { addressOfScript } from "../script/patterns.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { HTR_UID, inputsOf, isBlock, tokenUidAt, type Vertex } from "../vertex/vertex.ts";
import type { HathorNode } from "./node.ts";

/**
 * Reads the rows that taking a vertex in will ask for, while it waits for its group's turn: its
 * dependencies, itself where these do not tell whether it is there, and its addresses' balances.
 *
 * @param coming hashes of what is taken in at the same time: the store has none of it yet
 */
export function lookAhead(
  vertex: Vertex,
  { network, vertices }: HathorNode,
  coming: ReadonlySet<string>,
): LookAhead {
  return (rows) => {
    const reads: unknown[] = [];
    if (isDoubtful(vertex, rows, coming)) reads.push(readMetadata(vertex.hash, rows));
    for (const hash of dependenciesOf(vertex)) {
      if (coming.has(hash)) continue;
      reads.push(readMetadata(hash, rows));
      if (vertices.known(hash) === undefined) reads.push(vertices.read(hash, rows));
    }
    for (const { address, token } of balancesMoved(vertex, vertices, network)) {
      reads.push(rows.get(addressRow(address)));
      if (token !== HTR_UID) reads.push(rows.get(balanceRow(address, token)));
    }
    if (isBlock(vertex)) reads.push(readHeightsAhead(coming.size, rows));
    return Promise.all(reads);
  };
}

/** The balances that a vertex changes, as far as what it spends from is in memory. */
function balancesMoved(
  vertex: Vertex,
  vertices: StoredVertices,
  network: AddressVersions,
): { address: string; token: string }[] {
  const made = vertex.outputs.map((output) => ({ of: vertex, output }));
  const spent = inputsOf(vertex).flatMap(({ txId, index }) => {
    const of = vertices.known(txId)?.vertex;
    const output = of?.outputs[index];
    return of === undefined || output === undefined ? [] : [{ of, output }];
  });
  return [...made, ...spent].flatMap(({ of, output }) => {
    const address = addressOfScript(network, output.script);
    const token = tokenUidAt(of, tokenIndexOf(output)) ?? HTR_UID;
    return address === undefined ? [] : [{ address, token }];
  });
}

/** Reads the page of heights that a block goes to, if up to `blocks` others come before it. */
async function readHeightsAhead(blocks: number, rows: ReadRows): Promise<void> {
  const state = await rows.get<NodeStateRow>(NODE_STATE);
  if (state !== undefined) await readHeights(state.best.height + blocks, rows);
}
