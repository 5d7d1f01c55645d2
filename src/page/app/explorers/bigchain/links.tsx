import { hrefOf, pathOf } from "../../base/place.ts";
import { Mono, Tag } from "../../parts/link.tsx";
import type { BigchainLedger, BigchainTx } from "./model.ts";

interface LinkProps {
  readonly ledger: BigchainLedger;
  readonly chars?: number;
}

/** A link to a transaction. */
export function TxLink({ ledger, id, chars = 24 }: LinkProps & { readonly id: string }) {
  return <Mono text={id} chars={chars} href={hrefOf(pathOf(ledger.name, "tx", id))} />;
}

/** A link to an asset's life. */
export function AssetLink({ ledger, id, chars = 24 }: LinkProps & { readonly id: string }) {
  return <Mono text={id} chars={chars} href={hrefOf(pathOf(ledger.name, "asset", id))} />;
}

/** Links to what some keys own. */
export function KeyLinks(
  { ledger, keys, chars = 20 }: LinkProps & { readonly keys: readonly string[] },
) {
  if (keys.length === 0) return <span class="muted">nobody</span>;
  return (
    <>
      {keys.slice(0, MOST_KEYS).map((key, at) => (
        <span key={key}>
          {at > 0 && ", "}
          <Mono text={key} chars={chars} href={hrefOf(pathOf(ledger.name, "key", key))} />
        </span>
      ))}
      {keys.length > MOST_KEYS && <span class="muted">and {keys.length - MOST_KEYS} more</span>}
    </>
  );
}

const MOST_KEYS = 4;

/** A link to a block. */
export function HeightLink({ ledger, height }: LinkProps & { readonly height: number }) {
  return (
    <a href={hrefOf(pathOf(ledger.name, "block", `${height}`))}>{height.toLocaleString("en")}</a>
  );
}

const TONES: Readonly<Record<string, "accent" | "plain" | "warn">> = {
  CREATE: "accent",
  VALIDATOR_ELECTION: "warn",
  CHAIN_MIGRATION_ELECTION: "warn",
};

/** What a transaction does, in its own word. */
export function OperationTag(
  { tx: { operation } }: { readonly tx: Pick<BigchainTx, "operation"> },
) {
  return <Tag tone={TONES[operation] ?? "plain"}>{operation}</Tag>;
}
