import type { Rows } from "../../../log/projection.ts";
import { signerOf } from "../networks/signer.ts";
import { addressOfScript } from "../script/patterns.ts";
import { inputsOf } from "../vertex/vertex.ts";
import { countTransaction } from "./address_rows.ts";
import { historyRow, type NetworkRow } from "./rows.ts";
import type { StoredVertex, StoredVertices } from "./stored_vertices.ts";

interface HistoryContext {
  readonly rows: Rows;
  readonly vertices: StoredVertices;
  readonly network: NetworkRow;
}

/** Adds a vertex to the history of each address that it has to do with. */
export async function addHistory(
  stored: StoredVertex,
  number: number,
  context: HistoryContext,
): Promise<void> {
  const { rows } = context;
  const { hash, timestamp } = stored.vertex;
  for (const address of await addressesOf(stored, context)) {
    rows.set(historyRow(address, timestamp, hash), number);
    await countTransaction(address, 1, rows);
  }
}

/** Takes back what {@linkcode addHistory} did. */
export async function removeHistory(
  stored: StoredVertex,
  context: HistoryContext,
): Promise<void> {
  const { rows } = context;
  const { hash, timestamp } = stored.vertex;
  for (const address of await addressesOf(stored, context)) {
    rows.delete(historyRow(address, timestamp, hash));
    await countTransaction(address, -1, rows);
  }
}

/** The addresses that a vertex pays to, spends from or is signed by itself, each once. */
async function addressesOf(
  { vertex }: StoredVertex,
  { rows, vertices, network }: HistoryContext,
): Promise<Set<string>> {
  const addresses = new Set<string>();
  const add = (script: Uint8Array | undefined) => {
    const address = script === undefined ? undefined : addressOfScript(network, script);
    if (address !== undefined) addresses.add(address);
  };
  for (const { txId, index } of inputsOf(vertex)) {
    const spent = await vertices.read(txId, rows);
    add(spent.vertex.outputs[index]?.script);
  }
  for (const { script } of vertex.outputs) add(script);
  const signer = signerOf(network, vertex);
  if (signer !== undefined) addresses.add(signer);
  return addresses;
}
