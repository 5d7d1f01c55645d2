import { useState } from "preact/hooks";
import { Tag } from "../../parts/link.tsx";
import type { OfLedger } from "./head.tsx";
import { type LifeRow, MOST_LANES } from "./life.ts";
import { KeyLinks, OperationTag, TxLink } from "./links.tsx";

/** Pixels from lane to lane, and of a row. */
const LANE = 18;
const ROW = 60;

/** Rows that are shown at first, and outputs of each. */
const SHOWN = 60;
const OUTPUTS = 2;

/** A row for each transaction, and at their left the lanes of what they hand on. */
export function LifeView({ ledger, rows }: OfLedger & { readonly rows: readonly LifeRow[] }) {
  const [most, setMost] = useState(SHOWN);
  const shown = rows.slice(0, most);
  const lanes = 1 + Math.min(
    MOST_LANES - 1,
    Math.max(...shown.flatMap(({ lane, begins, passes }) => [lane, ...begins, ...passes])),
  );
  return (
    <>
      <ol class="life card">
        {shown.map((row) => (
          <li key={row.tx.id} class="life-row">
            <Lanes row={row} lanes={lanes} />
            <div class="life-what">
              <OperationTag tx={row.tx} />
              <TxLink ledger={ledger} id={row.tx.id} chars={20} />
            </div>
            <div>
              <KeyLinks
                ledger={ledger}
                keys={[...new Set(row.tx.inputs.flatMap(({ owners_before }) => owners_before))]}
              />
            </div>
            <span class="muted" aria-hidden="true">→</span>
            <Outputs ledger={ledger} row={row} />
          </li>
        ))}
      </ol>
      {rows.length > most && (
        <div class="row section-more">
          <button type="button" class="button" onClick={() => setMost(most + SHOWN * 5)}>
            {rows.length - most} more
          </button>
        </div>
      )}
    </>
  );
}

function Outputs({ ledger, row: { tx, spentBy } }: OfLedger & { readonly row: LifeRow }) {
  const left = tx.outputs.length - OUTPUTS;
  return (
    <div>
      {tx.outputs.slice(0, left === 1 ? OUTPUTS + 1 : OUTPUTS).map((
        { public_keys, amount },
        at,
      ) => (
        <div key={at}>
          <span class="flow-amount">{amount}</span> to{" "}
          <KeyLinks ledger={ledger} keys={public_keys} />{" "}
          {spentBy[at] === undefined && <Tag tone="good">unspent</Tag>}
        </div>
      ))}
      {left > 1 && <div class="muted">and {left} more</div>}
    </div>
  );
}

function Lanes({ row, lanes }: { readonly row: LifeRow; readonly lanes: number }) {
  const x = (lane: number) => Math.min(lane, MOST_LANES - 1) * LANE + LANE / 2 + 4;
  const middle = ROW / 2;
  const at = x(row.lane);
  return (
    <svg
      class="life-lanes"
      width={lanes * LANE + 8}
      height={ROW}
      viewBox={`0 0 ${lanes * LANE + 8} ${ROW}`}
      aria-hidden="true"
    >
      {row.passes.map((lane) => <path key={`p${lane}`} d={`M${x(lane)},0V${ROW}`} />)}
      {row.ends.map((lane) => (
        <path
          key={`e${lane}`}
          d={`M${x(lane)},0C${x(lane)},${middle / 2} ${at},${middle / 2} ${at},${middle}`}
        />
      ))}
      {row.begins.map((lane) => (
        <path
          key={`b${lane}`}
          d={`M${at},${middle}C${at},${middle * 1.5} ${x(lane)},${middle * 1.5} ${x(lane)},${ROW}`}
        />
      ))}
      <circle cx={at} cy={middle} r="5" data-open={row.begins.length < row.tx.outputs.length} />
    </svg>
  );
}
