import { Pace } from "../../../kernel/turn.ts";
import type { PyJson } from "../../../python/json.ts";
import { type HistoryEntry, newestOfAddress } from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { spenderOf, type VertexView } from "../queries/views.ts";
import { isVoided } from "../rows/metadata.ts";
import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import { inputsOf } from "../vertex/vertex.ts";
import type { OwnAddresses } from "./own_addresses.ts";

/** Vertices that are looked at, the newest: a wallet that is paid for blocks has very many. */
const MOST_VERTICES = 5_000;

/** What a wallet has got and spent, the newest first: each output, and each input. */
export async function ownHistory(
  queries: NodeQueries,
  addresses: OwnAddresses,
): Promise<readonly PyJson[]> {
  const turns = Pace.ofSteps();
  const newest = new Map<string, HistoryEntry>();
  for (const address of await addresses.all()) {
    if (turns.isDue) await turns.give();
    const entries = await newestOfAddress(queries.chain, address, MOST_VERTICES);
    for (const entry of entries) newest.set(entry.hash, entry);
  }
  const vertices = [...newest.values()].sort((a, b) => b.timestamp - a.timestamp)
    .slice(0, MOST_VERTICES);
  const history: PyJson[] = [];
  for (const { hash, number } of vertices) {
    if (turns.isDue) await turns.give();
    const view = await queries.vertex(hash, number);
    // What is removed meanwhile is left out.
    if (view === undefined) continue;
    history.push(
      ...await received(queries, addresses, view),
      ...await spent(queries, addresses, view),
    );
  }
  return history;
}

/** Outputs to the wallet; of those that count, what is not spent. */
async function received(
  queries: NodeQueries,
  addresses: OwnAddresses,
  { vertex, metadata }: VertexView,
): Promise<PyJson[]> {
  const voided = isVoided(metadata);
  const told: PyJson[] = [];
  for (const [index, { script, value, tokenData }] of vertex.outputs.entries()) {
    const parsed = parseAddressScript(script);
    const address = parsed && addressTextOf(queries.network, parsed);
    if (address === undefined || addresses.indexOf(address) === undefined) continue;
    if (!voided && await spenderOf(metadata, index, queries.node.rows) !== undefined) continue;
    told.push({
      timestamp: vertex.timestamp,
      tx_id: vertex.hash,
      index,
      value,
      address,
      token_data: tokenData,
      voided,
      timelock: parsed?.timelock ?? null,
    });
  }
  return told;
}

async function spent(
  queries: NodeQueries,
  addresses: OwnAddresses,
  { vertex, metadata }: VertexView,
): Promise<PyJson[]> {
  const sources = await queries.spentBy(vertex);
  return inputsOf(vertex).flatMap(({ txId, index }) => {
    const output = sources.get(txId)?.outputs[index];
    const parsed = output && parseAddressScript(output.script);
    if (output === undefined || parsed === undefined) return [];
    if (addresses.indexOf(addressTextOf(queries.network, parsed)) === undefined) return [];
    return [{
      timestamp: vertex.timestamp,
      tx_id: vertex.hash,
      from_tx_id: txId,
      from_index: index,
      value: output.value,
      voided: isVoided(metadata),
    }];
  });
}
