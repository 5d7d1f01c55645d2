import { count, duration } from "../../base/format.ts";
import { LineChart } from "../../parts/line_chart.tsx";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";

import type { Whole } from "../common/whole.ts";
import { Facts, Figures } from "../../parts/facts.tsx";
import { HathorHead } from "./head.tsx";
import { tokenAmount } from "./node/kinds.ts";
import type { VertexPage } from "./node/answers.ts";
import { NODE } from "./node/node.ts";
import { PAGE } from "./node/pages.tsx";
import { useNode } from "./node/use_node.ts";
import { BLOCK_COLUMNS, VertexLink, VertexTable } from "./vertex_table.tsx";

interface MiningInfo {
  readonly hashrate: number;
  readonly difficulty: Whole;
  readonly blocks: number;
  readonly mined_tokens: Whole;
}

interface BlockTemplate {
  readonly timestamp: number;
  readonly weight: number;
  readonly parents: readonly string[];
  readonly outputs: readonly { readonly value: Whole }[];
  readonly metadata: { readonly height: number };
}

/** How hard it is to mine, what is mined next, and what was mined last. */
export function HathorMining() {
  const info = useNode<MiningInfo>("getmininginfo");
  const template = useNode<BlockTemplate>("get_block_template");
  const blocks = useNode<VertexPage>(`transaction?type=block&count=${PAGE}`);
  const gaps = gapsOf(blocks.value);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length);
  return (
    <>
      <HathorHead title="Mining" about="Miners take templates, and send blocks" />
      <Figures
        facts={{
          "Hashes a second": info.value ? count(Math.round(info.value.hashrate)) : "–",
          Difficulty: info.value ? count(Number(info.value.difficulty)) : "–",
          Blocks: info.value ? count(info.value.blocks) : "–",
          Mined: info.value ? tokenAmount(info.value.mined_tokens) : "–",
          "Between blocks": gaps.length === 0 ? "–" : duration(mean * 1_000),
        }}
      />
      <div class="split">
        <Section title="The next block">
          <Shown of={template} lines={5}>
            {({ metadata, weight, outputs, parents }) => (
              <div class="card card-body">
                <Facts
                  facts={{
                    Height: count(metadata.height),
                    Weight: weight.toFixed(4),
                    Reward: `${tokenAmount(outputs[0]?.value ?? 0)} HTR`,
                    "On top of": <VertexLink hash={parents[0] ?? ""} chars={36} />,
                    Confirms: (
                      <span class="stacked">
                        {parents.slice(1).map((hash) => (
                          <VertexLink key={hash} hash={hash} chars={36} />
                        ))}
                      </span>
                    ),
                  }}
                />
              </div>
            )}
          </Shown>
        </Section>
        <Section title="Seconds between the last blocks">
          <div class="card card-body mining-chart">
            {gaps.length < 2 ? <p class="muted">There are too few blocks</p> : (
              <>
                <LineChart
                  values={gaps}
                  label="Seconds between the last blocks"
                  unit="seconds"
                  width={480}
                  height={128}
                />
                <p class="muted">
                  From {count(Math.min(...gaps))} to {count(Math.max(...gaps))} seconds
                </p>
              </>
            )}
          </div>
        </Section>
      </div>
      <Section title="Mined last">
        <Shown of={blocks} lines={PAGE + 1}>
          {({ transactions }) => (
            <VertexTable
              caption="Mined last"
              columns={BLOCK_COLUMNS}
              vertices={transactions}
              empty={<Empty title="No blocks yet" />}
            />
          )}
        </Shown>
      </Section>
      <SameAs
        requests={[{ path: `${NODE}getmininginfo` }, { path: `${NODE}get_block_template` }]}
      />
    </>
  );
}

/** Seconds from each block of a page to the next, the oldest first; the genesis is of long ago. */
function gapsOf(page: VertexPage | undefined): number[] {
  const times = page?.transactions.filter(({ height = 0 }) => height > 0)
    .map(({ timestamp }) => timestamp).reverse() ?? [];
  return times.slice(1).map((time, at) => time - (times[at] ?? time));
}
