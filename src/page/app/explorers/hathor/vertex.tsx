import { count } from "../../base/format.ts";
import { hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { Copyable } from "../../parts/copyable.tsx";
import { Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { Facts } from "../../parts/facts.tsx";
import { useLiveResource } from "../common/live.ts";
import { FullTime } from "../common/full_time.tsx";
import { HathorHead } from "./head.tsx";
import { isBlockVersion, kindOf } from "./node/kinds.ts";
import type { NodeStatus, VertexAnswer } from "./node/answers.ts";
import { askNode, NODE } from "./node/node.ts";
import { VertexFlow } from "./vertex_flow.tsx";
import { VertexLink } from "./vertex_table.tsx";

/** Children, and transactions that a block confirms, that are listed. */
const CHILDREN = 20;
const MOST_CONFIRMED = 600;

interface Seen extends VertexAnswer {
  readonly best: number;
  /** Of a block of the best chain: transactions that it confirms first. */
  readonly confirms: readonly string[] | undefined;
}

/** A block or a transaction, by its hash. */
export function HathorVertex({ params: { hash = "" } }: ScreenProps) {
  const path = `transaction?id=${hash}`;
  const load = async (signal: AbortSignal): Promise<Seen> => {
    const [answer, { dag }] = await Promise.all([
      askNode<VertexAnswer>(path, signal),
      askNode<NodeStatus>("status", signal),
    ]);
    return { ...answer, best: dag.best_block.height, confirms: await confirmedBy(answer, signal) };
  };
  const seen = useLiveResource(`hathor ${hash}`, load, "hathor");
  const tx = seen.value?.tx;
  const title = tx === undefined
    ? "Vertex"
    : isBlockVersion(tx.version)
    ? `Block ${count(seen.value?.meta.height ?? 0)}`
    : kindOf(tx.version);
  return (
    <>
      <HathorHead
        title={title}
        about={<Copyable text={hash} label="Copy the hash" />}
        actions={seen.value && <VertexState seen={seen.value} />}
      />
      <Shown of={seen} lines={12}>
        {(value) => (
          <>
            <div class="card card-body section">
              <VertexFacts seen={value} />
            </div>
            <VertexFlow vertex={value} />
            {value.confirms !== undefined && <Confirmed hashes={value.confirms} />}
            <Links seen={value} />
          </>
        )}
      </Shown>
      <SameAs requests={[{ path: NODE + path }]} />
    </>
  );
}

async function confirmedBy(
  { tx, meta }: VertexAnswer,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (!isBlockVersion(tx.version) || meta.voided_by.length > 0) return undefined;
  const path = `block_at_height?height=${meta.height}&include_transactions=txid`;
  return (await askNode<{ readonly tx_ids: readonly string[] }>(path, signal)).tx_ids;
}

function Confirmed({ hashes }: { readonly hashes: readonly string[] }) {
  return (
    <Section title="Confirms first" side={<span class="muted">{count(hashes.length)}</span>}>
      <div class="card card-body">
        {hashes.length === 0
          ? <span class="muted">Nothing that was not confirmed before</span>
          : (
            <div class="hash-grid">
              {hashes.slice(0, MOST_CONFIRMED).map((hash) => (
                <VertexLink key={hash} hash={hash} chars={28} />
              ))}
            </div>
          )}
      </div>
    </Section>
  );
}

function VertexState({ seen: { tx, meta, best } }: { readonly seen: Seen }) {
  if (meta.voided_by.length > 0) return <Tag tone="bad">voided</Tag>;
  if (isBlockVersion(tx.version)) {
    return <Tag tone="good">best chain, {upon(best - meta.height)}</Tag>;
  }
  return meta.first_block_height === null
    ? <Tag tone="warn">waiting for a block</Tag>
    : <Tag tone="good">confirmed, {upon(best - meta.first_block_height)}</Tag>;
}

function upon(blocks: number): string {
  return `${count(Math.max(0, blocks))} ${blocks === 1 ? "block" : "blocks"} upon it`;
}

function VertexFacts({ seen: { tx, meta } }: { readonly seen: Seen }) {
  const isBlock = isBlockVersion(tx.version);
  return (
    <Facts
      facts={{
        Kind: kindOf(tx.version),
        ...tx.token_name !== undefined &&
          {
            Creates: (
              <a href={hrefOf(pathOf("hathor", "token", tx.hash))}>
                {tx.token_name} ({tx.token_symbol})
              </a>
            ),
          },
        Time: <FullTime time={tx.timestamp * 1_000} />,
        ...isBlock ? { Height: count(meta.height) } : { "First block": <FirstBlock meta={meta} /> },
        Weight: (
          <>
            {tx.weight.toFixed(4)}{" "}
            <span class="muted">
              {isBlock
                ? `· score ${meta.score.toFixed(4)}`
                : `· with what builds on it ${meta.accumulated_weight.toFixed(4)}, as far as known`}
            </span>
          </>
        ),
        ...meta.voided_by.length > 0 && { "Voided by": <Hashes hashes={meta.voided_by} /> },
        ...meta.conflict_with.length > 0 &&
          { "Spends the same as": <Hashes hashes={meta.conflict_with} /> },
        ...meta.twins.length > 0 && { Twins: <Hashes hashes={meta.twins} /> },
        Nonce: <span class="mono">{tx.nonce}</span>,
        Bytes: <Copyable text={tx.raw} chars={56} label="Copy the bytes" />,
      }}
    />
  );
}

function FirstBlock({ meta }: { readonly meta: VertexAnswer["meta"] }) {
  if (meta.first_block === null) return <span class="muted">none yet</span>;
  return (
    <>
      <VertexLink hash={meta.first_block} chars={40} />{" "}
      <span class="muted">at height {count(meta.first_block_height ?? 0)}</span>
    </>
  );
}

function Hashes({ hashes }: { readonly hashes: readonly string[] }) {
  return (
    <span class="stacked">
      {hashes.map((hash) =>
        /^[0-9a-f]{64}$/.test(hash) ? <VertexLink key={hash} hash={hash} chars={40} /> : hash
      )}
    </span>
  );
}

/** What it builds on, and what builds on it. */
function Links({ seen: { tx, meta } }: { readonly seen: Seen }) {
  const shown = meta.children.slice(0, CHILDREN);
  const isMore = meta.has_more_children || meta.children.length > shown.length;
  return (
    <div class="split">
      <Section title="Builds on">
        <div class="card card-body">
          {tx.parents.length === 0
            ? <span class="muted">Nothing: it is of the genesis</span>
            : <Hashes hashes={tx.parents} />}
        </div>
      </Section>
      <Section title="What builds on it" side={isMore && <span class="muted">and more</span>}>
        <div class="card card-body">
          {shown.length === 0 ? <span class="muted">Nothing yet</span> : <Hashes hashes={shown} />}
        </div>
      </Section>
    </div>
  );
}
