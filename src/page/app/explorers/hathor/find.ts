import { hrefOf, pathOf } from "../../base/place.ts";
import type { Finder, Found } from "../../base/screen.ts";
import { isBlockVersion, kindOf } from "./node/kinds.ts";
import type { ListedVertex, VertexAnswer } from "./node/answers.ts";
import { askNode } from "./node/node.ts";

const HASH = /^[0-9a-f]{64}$/i;
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{33,36}$/;
const HEIGHT = /^\d{1,9}$/;

/** Finds vertices and tokens by hash, addresses, and blocks by height. */
export const findInHathor: Finder = async (text, signal) => {
  if (HASH.test(text)) return await byHash(text.toLowerCase(), signal);
  if (ADDRESS.test(text)) return await byAddress(text, signal);
  if (HEIGHT.test(text)) return await byHeight(text, signal);
  return [];
};

async function byHash(hash: string, signal: AbortSignal): Promise<Found[]> {
  const { tx } = await askNode<VertexAnswer>(`transaction?id=${hash}`, signal);
  const kind = isBlockVersion(tx.version)
    ? "Hathor block"
    : `Hathor ${kindOf(tx.version).toLowerCase()}`;
  const found = [{ kind, label: hash, href: hrefOf(pathOf("hathor", "tx", hash)) }];
  if (tx.token_name === undefined) return found;
  const label = `${tx.token_name} (${tx.token_symbol})`;
  return [...found, { kind: "Hathor token", label, href: hrefOf(pathOf("hathor", "token", hash)) }];
}

async function byAddress(address: string, signal: AbortSignal): Promise<Found[]> {
  const { valid } = await askNode<{ readonly valid: boolean }>(
    `validate_address/${address}`,
    signal,
  );
  const href = hrefOf(pathOf("hathor", "address", address));
  return valid ? [{ kind: "Hathor address", label: address, href }] : [];
}

async function byHeight(text: string, signal: AbortSignal): Promise<Found[]> {
  const { block } = await askNode<{ readonly block: ListedVertex }>(
    `block_at_height?height=${text}`,
    signal,
  );
  const href = hrefOf(pathOf("hathor", "tx", block.tx_id));
  return [{ kind: "Hathor block", label: `${text} · ${block.tx_id}`, href }];
}
