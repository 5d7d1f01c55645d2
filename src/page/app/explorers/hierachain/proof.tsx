import { useMemo, useState } from "preact/hooks";
import { count } from "../../base/format.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Ago } from "../../parts/ago.tsx";
import { JsonTree } from "../../parts/json_tree.tsx";
import { Tag } from "../../parts/link.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { Facts } from "../../parts/facts.tsx";
import { FullTime } from "../common/full_time.tsx";
import { type Anchor, anchorOf, readAnchors } from "./anchors.ts";
import { leafTextOf } from "./canonical.ts";
import { HieraHead } from "./head.tsx";
import type { HieraEvent } from "./model.ts";
import { askHieraText, eventName, LEDGER_API, treePath } from "./ledger.ts";
import { EntityLink, HieraBlockLink, TreeLink } from "./links.tsx";
import { ProofTree } from "./proof_tree.tsx";
import { proofOf, type ProofParts, verdictOf } from "./proof_check.ts";

interface ProofSeen {
  readonly proof: ProofParts;
  readonly anchor: Anchor | undefined;
}

/** An event of a block, with the proof that it is in it: drawn, and checked in the browser. */
export function HieraProof({ params: { name = "", block = "", position = "" } }: ScreenProps) {
  const path = `${treePath(name)}/blocks/${block}/events/${position}/proof`;
  const seen = useResource(`hierachain ${path}`, async (signal): Promise<ProofSeen> => {
    const [answer, held, anchors] = await Promise.all([
      askHieraText(path, signal),
      askHieraText(`${treePath(name)}/blocks/${block}`, signal),
      // Whoever may not read the root chain is not told of its proofs.
      readAnchors(signal).catch(() => []),
    ]);
    const proof = proofOf(answer, held);
    return { proof, anchor: anchorOf(anchors, name, proof.blockIndex) };
  });
  const event = seen.value && eventOf(seen.value.proof);
  return (
    <>
      <HieraHead
        title={event ? eventName(event) : "Event"}
        about={
          <>
            event {position} of block <HieraBlockLink chain={name} index={Number(block)} /> of{" "}
            <TreeLink chain={name} />
          </>
        }
      />
      <Shown of={seen} lines={14}>
        {(value) => <Checked key={path} chain={name} seen={value} />}
      </Shown>
      <SameAs requests={[{ path: LEDGER_API + path }]} />
    </>
  );
}

function Checked(
  { chain, seen: { proof, anchor } }: { readonly chain: string; readonly seen: ProofSeen },
) {
  const original = useMemo(() => leafTextOf(proof.eventText), [proof]);
  const [text, setText] = useState(original);
  const verdict = useMemo(() => verdictOf(proof, text), [proof, text]);
  const event = eventOf(proof);
  const isChanged = text !== original;
  return (
    <>
      <div class="split">
        <Section title="The event">
          <div class="card card-body">
            <Facts
              facts={{
                Entity: <EntityLink entity={event.entity_id} chars={48} />,
                Time: <FullTime time={event.timestamp * 1_000} />,
              }}
            />
            <JsonTree value={event.details ?? null} />
          </div>
        </Section>
        <Section title="What was checked here" side={<Verdict isRight={verdict.isRight} />}>
          <div class="card card-body">
            <Facts
              facts={{
                "Its leaf": (
                  <Check
                    isRight={verdict.isLeaf}
                    right="the hash of its text"
                    wrong="not the hash of this text"
                  />
                ),
                "The path": (
                  <Check
                    isRight={verdict.isRoot}
                    right={`leads to the root of block ${count(proof.blockIndex)}`}
                    wrong="leads to another root"
                  />
                ),
                "The header": (
                  <Check
                    isRight={verdict.isHeader}
                    right="makes the hash of the block"
                    wrong="makes another hash"
                  />
                ),
                "In the root chain": <Anchored chain={chain} proof={proof} anchor={anchor} />,
              }}
            />
          </div>
        </Section>
      </div>
      <Section title="The proof">
        <ProofTree proof={proof} verdict={verdict} />
      </Section>
      <Section
        title="Try it with another text"
        side={
          <button
            type="button"
            class="button"
            disabled={!isChanged}
            onClick={() => setText(original)}
          >
            As it is
          </button>
        }
      >
        <textarea
          class="input mono proof-text"
          aria-label="The text of the event that is hashed"
          spellcheck={false}
          rows={4}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <p class="about">
          This is what its leaf is the hash of. Change a character, and the path leads elsewhere.
        </p>
      </Section>
    </>
  );
}

function Verdict({ isRight }: { readonly isRight: boolean }) {
  return (
    <span role="status">
      {isRight ? <Tag tone="good">proven</Tag> : <Tag tone="bad">not proven</Tag>}
    </span>
  );
}

function Check(
  { isRight, right, wrong }: {
    readonly isRight: boolean;
    readonly right: string;
    readonly wrong: string;
  },
) {
  return isRight
    ? (
      <>
        <Tag tone="good">right</Tag> {right}
      </>
    )
    : (
      <>
        <Tag tone="bad">wrong</Tag> {wrong}
      </>
    );
}

/** Whether the root chain knows the block, or one that follows it. */
function Anchored(
  { chain, proof, anchor }: {
    readonly chain: string;
    readonly proof: ProofParts;
    readonly anchor: Anchor | undefined;
  },
) {
  if (anchor === undefined) return <span class="muted">no proof of this chain covers it yet</span>;
  const isOwn = anchor.blockIndex === proof.blockIndex;
  if (isOwn && anchor.hash !== proof.blockHash) return <Tag tone="bad">another block is there</Tag>;
  return (
    <>
      <Tag tone="good">anchored</Tag> {isOwn ? "this block" : (
        <>
          by block <HieraBlockLink chain={chain} index={anchor.blockIndex} /> after it
        </>
      )},{" "}
      <span class="muted">
        <Ago time={anchor.time} />
      </span>
    </>
  );
}

function eventOf({ eventText }: ProofParts): HieraEvent {
  return JSON.parse(eventText);
}
