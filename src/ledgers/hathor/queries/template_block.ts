import { concatBytes } from "../../../kernel/concat.ts";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import { encodeFunds, encodeGraph } from "../vertex/encode.ts";
import { type BlockFields, VertexVersion } from "../vertex/vertex.ts";
import type { BlockTemplate } from "./templates.ts";

/** A block has its parent block and two transactions. */
const PARENTS = 3;

/** The smallest block that a template allows, without its proof of work. */
export function minimalBlock(
  template: BlockTemplate,
  script: Uint8Array = new Uint8Array(),
): BlockFields {
  const { parents, parentsAny, reward, weight, timestampMin, signalBits } = template;
  return {
    version: VertexVersion.block,
    signalBits,
    outputs: [{ value: reward, tokenData: 0, script }],
    weight,
    timestamp: timestampMin,
    parents: [...parents, ...parentsAny.slice(0, PARENTS - parents.length)],
    data: new Uint8Array(),
    nonce: 0n,
  };
}

/** The time of a block that is mined now, as near as a template allows. */
export function timestampOf(
  { timestampNow, timestampMin, timestampMax }: BlockTemplate,
): number {
  return Math.min(Math.max(timestampNow, timestampMin), timestampMax);
}

/** A template as miners get it: `data` is the minimal block's bytes before the nonce. */
export function templateJson(template: BlockTemplate): PyJson {
  const block = minimalBlock(template);
  return {
    data: concatBytes(encodeFunds(block), encodeGraph(block)).toHex(),
    versions: [VertexVersion.block, VertexVersion.mergeMinedBlock],
    reward: template.reward,
    weight: new PyFloat(template.weight),
    timestamp_now: template.timestampNow,
    timestamp_min: template.timestampMin,
    timestamp_max: template.timestampMax,
    parents: template.parents,
    parents_any: template.parentsAny,
    height: template.height,
    score: template.score,
    signal_bits: template.signalBits,
  };
}
