import { dateTime } from "../../base/format.ts";
import { Tag } from "../../parts/link.tsx";
import { Flow, FlowPart } from "../common/flow.tsx";
import { isAuthorityOutput, isBlockVersion, tokenIndex, valueText } from "./node/kinds.ts";
import type { NodeOutput, VertexAnswer } from "./node/answers.ts";
import { NATIVE_UID } from "./node/node.ts";
import { AddressLink, TokenLink, VertexLink } from "./vertex_table.tsx";

/** What a vertex spends, and what becomes of what it makes. */
export function VertexFlow(
  { vertex: { tx, spent_outputs } }: { readonly vertex: VertexAnswer },
) {
  const isBlock = isBlockVersion(tx.version);
  return (
    <Flow
      from={{
        title: "Inputs",
        none: isBlock ? "A block makes its reward of nothing" : "None",
        parts: tx.inputs.map((input, at) => (
          <FlowPart
            key={at}
            what={<What of={input} tx={tx} />}
            who={input.decoded?.address && <AddressLink address={input.decoded.address} />}
            note={
              <>
                of <VertexLink hash={input.tx_id} chars={18} /> · {input.index}
              </>
            }
          />
        )),
      }}
      to={{
        title: "Outputs",
        none: "None",
        parts: tx.outputs.map((output, at) => (
          <FlowPart
            key={at}
            what={<What of={output} tx={tx} />}
            who={<Receiver output={output} />}
            note={<SpentBy hash={spent_outputs[at]} />}
            isOver={spent_outputs[at] !== undefined}
          />
        )),
      }}
    />
  );
}

function What(
  { of, tx }: { readonly of: Partial<NodeOutput>; readonly tx: VertexAnswer["tx"] },
) {
  const { value, token_data } = of;
  if (value === undefined || token_data === undefined) return <span class="muted">unknown</span>;
  const output = { value, token_data };
  const index = tokenIndex(output);
  const isOwn = index === 1 && tx.token_symbol !== undefined;
  const token = isOwn
    ? { uid: tx.hash, symbol: tx.token_symbol ?? "" }
    : tx.tokens[index - 1] ?? { uid: NATIVE_UID, symbol: "HTR" };
  return (
    <>
      {isAuthorityOutput(output)
        ? <Tag tone="accent">{valueText(output)}</Tag>
        : <span class="flow-amount">{valueText(output)}</span>}{" "}
      <TokenLink uid={token.uid} symbol={token.symbol} />
    </>
  );
}

function Receiver({ output: { decoded } }: { readonly output: NodeOutput }) {
  if (decoded.address === undefined) return <span class="muted">a script without an address</span>;
  return (
    <>
      <AddressLink address={decoded.address} />
      {typeof decoded.timelock === "number" && (
        <span class="muted">{` locked until ${dateTime(decoded.timelock * 1_000)}`}</span>
      )}
    </>
  );
}

function SpentBy({ hash }: { readonly hash: string | undefined }) {
  return hash === undefined ? <Tag tone="good">unspent</Tag> : (
    <>
      spent by <VertexLink hash={hash} chars={18} />
    </>
  );
}
