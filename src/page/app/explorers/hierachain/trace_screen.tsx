import { useState } from "preact/hooks";
import { count, dateTime } from "../../base/format.ts";
import { goTo, hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { Ago } from "../../parts/ago.tsx";
import { Tag } from "../../parts/link.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { AskForm } from "../common/ask_form.tsx";
import { detailsText } from "./details.ts";
import { HieraHead } from "./head.tsx";
import { eventName, LEDGER_API, useHiera } from "./ledger.ts";
import { HieraBlockLink, proofHref, TreeLink } from "./links.tsx";
import { stepsOf, type TraceAnswer, type TraceStep } from "./trace.ts";

/** Pixels from lane to lane, and of a row. */
const LANE = 22;
const ROW = 48;

/** Lanes that are told apart. */
const MOST_LANES = 10;

/** Rows that are shown at first. */
const SHOWN = 100;

/** What happened to an entity, across all chains. */
export function HieraTrace({ query }: ScreenProps) {
  const entity = query.get("entity") ?? "";
  return (
    <>
      <HieraHead
        title={entity === "" ? "Trace" : entity}
        about="What happened to an entity, across all chains"
      />
      <AskForm
        key={entity}
        label="Entity"
        placeholder="The id of an entity"
        button="Trace"
        wanted={entity}
        look={(text) => goTo(hrefOf("/hierachain/trace", { entity: text }))}
      />
      {entity === ""
        ? (
          <Empty title="Which entity?">
            Whatever events are about has an id: a product, a batch, a chain.
          </Empty>
        )
        : <Traced entity={entity} />}
    </>
  );
}

function Traced({ entity }: { readonly entity: string }) {
  const path = `entities/${encodeURIComponent(entity)}/trace?places=true`;
  const trace = useHiera<TraceAnswer>(path);
  return (
    <>
      <Shown of={trace} lines={10}>
        {(answer) =>
          answer.events.length === 0
            ? <Empty title="Nothing is known of it">No event of any chain is about it.</Empty>
            : <Steps answer={answer} />}
      </Shown>
      <SameAs requests={[{ path: LEDGER_API + path }]} />
    </>
  );
}

function Steps({ answer }: { readonly answer: TraceAnswer }) {
  const [most, setMost] = useState(SHOWN);
  const steps = stepsOf(answer);
  const shown = steps.slice(0, most);
  const { chains, events } = answer;
  return (
    <>
      <p class="row section">
        {count(events.length)} {events.length === 1 ? "event" : "events"} in{" "}
        {chains.map((chain, lane) => (
          <span key={chain} class="trace-chain">
            <span class="trace-mark" data-colour={lane % 6} aria-hidden="true" />
            <TreeLink chain={chain} />
          </span>
        ))}
      </p>
      <ol class="life card">
        {shown.map((step, at) => (
          <li key={`${step.place.chain_name} ${step.place.offset} ${at}`} class="trace-row">
            <Lane step={step} before={shown[at - 1]} after={shown[at + 1]} lanes={chains.length} />
            <Step step={step} />
          </li>
        ))}
      </ol>
      {steps.length > most && (
        <div class="row section-more">
          <button type="button" class="button" onClick={() => setMost(most + SHOWN * 5)}>
            {count(steps.length - most)} more
          </button>
        </div>
      )}
    </>
  );
}

function Step({ step: { event, place } }: { readonly step: TraceStep }) {
  const { chain_name: chain, block_index: block, position } = place;
  const name = eventName(event);
  const isIn = block !== null && position !== null;
  return (
    <>
      <span class="trace-name">
        <a
          href={isIn
            ? proofHref(chain, block, position)
            : hrefOf(pathOf("hierachain", "chain", chain, "event", `${place.offset}`))}
        >
          {name}
        </a>
      </span>
      <TreeLink chain={chain} />
      <span>
        {isIn
          ? (
            <>
              block <HieraBlockLink chain={chain} index={block} />
            </>
          )
          : <Tag tone="warn">waiting</Tag>}
      </span>
      <span class="mono muted">
        {detailsText(event.details)}
      </span>
      <span class="muted trace-time" title={`${dateTime(event.timestamp * 1_000)} UTC`}>
        <Ago time={event.timestamp * 1_000} />
      </span>
    </>
  );
}

/** The mark of a step in the lane of its chain, and the line from the step before to the next. */
function Lane(
  { step, before, after, lanes }: {
    readonly step: TraceStep;
    readonly before: TraceStep | undefined;
    readonly after: TraceStep | undefined;
    readonly lanes: number;
  },
) {
  const x = ({ lane }: TraceStep) => Math.min(lane, MOST_LANES - 1) * LANE + LANE / 2 + 4;
  const width = Math.min(lanes, MOST_LANES) * LANE + 8;
  const middle = ROW / 2;
  // Half of the way to the lane of a neighbour is in this row, and half in its own.
  const half = (other: TraceStep) => (x(step) + x(other)) / 2;
  return (
    <svg
      class="life-lanes trace-lanes"
      width={width}
      height={ROW}
      viewBox={`0 0 ${width} ${ROW}`}
      aria-hidden="true"
    >
      {before && <path d={`M${half(before)},0Q${x(step)},${middle / 2} ${x(step)},${middle}`} />}
      {after && (
        <path d={`M${x(step)},${middle}Q${x(step)},${middle * 1.5} ${half(after)},${ROW}`} />
      )}
      <circle cx={x(step)} cy={middle} r="6" data-colour={step.lane % 6} />
    </svg>
  );
}
