import { hrefOf, pathOf } from "../../base/place.ts";
import type { Finder, Found } from "../../base/screen.ts";
import type { BigchainLedger, BigchainTx } from "./model.ts";
import { askBigchain, lastBlocks } from "./ledger.ts";

const HASH = /^[0-9a-f]{64}$/i;
const KEY = /^[1-9A-HJ-NP-Za-km-z]{43,44}$/;
const HEIGHT = /^\d{1,9}$/;

/** Finds transactions and assets by id, keys that own something, blocks by height, and words. */
export function bigchainFinder(ledger: BigchainLedger): Finder {
  return async (text, signal) => {
    if (HASH.test(text)) return await byId(ledger, text.toLowerCase(), signal);
    if (KEY.test(text)) return await byKey(ledger, text, signal);
    if (HEIGHT.test(text)) return await byNumber(ledger, Number(text), signal);
    return ledger.contents === "text" ? await byWords(ledger, text, signal) : [];
  };
}

async function byId(
  ledger: BigchainLedger,
  id: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const { operation } = await askBigchain<BigchainTx>(ledger, `transactions/${id}`, signal);
  const kind = `${ledger.title} ${operation}`;
  const tx = { kind, label: id, href: hrefOf(pathOf(ledger.name, "tx", id)) };
  if (operation !== "CREATE") return [tx];
  const href = hrefOf(pathOf(ledger.name, "asset", id));
  return [{ kind: `${ledger.title} asset`, label: id, href }, tx];
}

async function byKey(
  ledger: BigchainLedger,
  key: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const outputs = await askBigchain<readonly unknown[]>(
    ledger,
    `outputs?public_key=${key}`,
    signal,
  );
  const href = hrefOf(pathOf(ledger.name, "key", key));
  return outputs.length === 0 ? [] : [{ kind: `${ledger.title} key`, label: key, href }];
}

async function byNumber(
  ledger: BigchainLedger,
  height: number,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const [last] = await lastBlocks(ledger, { limit: 1 }, signal);
  if (last === undefined || height < 1 || height > last.height) return [];
  const href = hrefOf(pathOf(ledger.name, "block", `${height}`));
  return [{ kind: `${ledger.title} block`, label: `${height}`, href }];
}

async function byWords(
  ledger: BigchainLedger,
  words: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const search = (kind: string) =>
    askBigchain<readonly unknown[]>(
      ledger,
      `${kind}?search=${encodeURIComponent(words)}&limit=1`,
      signal,
    );
  const found = await Promise.all([search("assets"), search("metadata")]);
  const href = hrefOf(pathOf(ledger.name, "search"), { q: words });
  return found.flat().length === 0 ? [] : [{ kind: `${ledger.title} search`, label: words, href }];
}
