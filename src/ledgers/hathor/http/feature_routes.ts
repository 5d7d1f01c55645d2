import { z } from "zod";
import { inJson } from "../../../web/operation.ts";
import { hashForm } from "../json/answer_forms.ts";
import { errorForm, toldOf } from "./told.ts";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import type { FeatureState } from "../networks/feature_states.ts";
import type { FeatureName } from "../networks/features.ts";
import type { FeatureCriteria, Network } from "../networks/network.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { VertexView } from "../queries/views.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { hexadecimal } from "./arguments.ts";
import { readArguments } from "./pydantic.ts";
import { jsonAnswer } from "./responses.ts";

const REQUEST = {
  name: "GetBlockFeaturesParams",
  status: 400,
  form: z.object({ block: hexadecimal.optional() }),
};

/** States in which miners are asked for their signals, and those in which these are counted. */
const SIGNALLED: ReadonlySet<FeatureState> = new Set(["STARTED", "MUST_SIGNAL", "LOCKED_IN"]);
const COUNTED: ReadonlySet<FeatureState> = new Set(["STARTED", "MUST_SIGNAL"]);

/** What tells of the features that miners signal for. */
export function featureRoutes(queries: NodeQueries): Route[] {
  return [{
    path: "/feature",
    told: { GET: told },
    async GET({ args }) {
      const hash = readArguments(REQUEST, args).block?.toHex();
      if (hash === undefined) return features(queries.network, await queries.bestBlock());
      const block = await queries.vertex(hash);
      if (block === undefined) return jsonAnswer({ success: false, error: hash }, 400);
      if (isBlock(block.vertex)) return signals(queries.network, block);
      return { success: false, error: `Hash '${hash}' is not a Block.` };
    },
  }];
}

const told = toldOf("Features that miners signal for, or what a block signals", () => {
  const feature = z.looseObject({ name: z.string(), state: z.string() });
  const signal = z.looseObject({ bit: z.int(), signal: z.int(), feature: z.string() });
  return z.union([
    z.object({ block_hash: hashForm, block_height: z.number(), features: z.array(feature) }),
    z.object({ signal_bits: z.array(signal) }),
    errorForm(),
  ]);
}, () => ({ query: REQUEST.form, more: { 400: inJson(errorForm()) } }));

/** The features of a network in the order of its settings, with their states at a block. */
function featuresAt(
  { featureActivation: { criteria } }: Network,
  { signals }: VertexView,
): { readonly name: FeatureName; readonly state: FeatureState; readonly of: FeatureCriteria }[] {
  // The criteria have no other keys.
  return (Object.keys(criteria) as FeatureName[]).flatMap((name) => {
    const of = criteria[name];
    return of === undefined ? [] : [{ name, state: signals?.states[name] ?? "DEFINED", of }];
  });
}

function features(network: Network, block: VertexView): PyJson {
  const { evaluationInterval, defaultThreshold } = network.featureActivation;
  const share = (blocks: number) => new PyFloat(blocks / evaluationInterval);
  return {
    block_hash: block.vertex.hash,
    block_height: block.height,
    features: featuresAt(network, block).map(({ name, state, of }) => ({
      name,
      state,
      acceptance: COUNTED.has(state) ? share(block.signals?.bitCounts[of.bit] ?? 0) : null,
      threshold: share(of.threshold ?? defaultThreshold),
      start_height: of.startHeight,
      minimum_activation_height: of.minimumActivationHeight,
      timeout_height: of.timeoutHeight,
      lock_in_on_timeout: of.isLockedInOnTimeout,
      version: of.version,
    })),
  };
}

/** What one block signals, for each bit that means something there. */
function signals(network: Network, block: VertexView): PyJson {
  const asked = featuresAt(network, block).filter(({ state }) => SIGNALLED.has(state));
  return {
    signal_bits: asked.map(({ name, state, of: { bit } }) => ({
      bit,
      signal: (block.vertex.signalBits >> bit) & 1,
      feature: name,
      feature_state: state,
    })),
  };
}
