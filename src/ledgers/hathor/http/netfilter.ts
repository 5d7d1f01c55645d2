import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { successWith, toldOf } from "./told.ts";
import type { Route } from "./app.ts";
import { BadRequest } from "./arguments.ts";
import { bodyBy, bodyIfAny } from "./json_body.ts";
import { readIpNetwork } from "./ip_network.ts";

/** Chains of the one table there is, each with the peers that it is asked about. */
const CHAINS = ["pre_conn", "post_hello", "post_peerid"] as const;
type ChainName = typeof CHAINS[number];

/** Rules that one chain may have. */
const MOST_RULES = 1_000;
/** Characters of a text in a rule. */
const LONGEST_TEXT = 1_000;

/** What a rule looks for, or does: its kind, and what that is given. */
type Part = readonly [type: string, params: Readonly<Record<string, PyJson>>];

interface Rule {
  readonly uuid: string;
  readonly target: Part;
  readonly match: Part;
}

const NOTHING = z.strictObject({});
const text = z.string().max(LONGEST_TEXT);

/**
 * Parameters of the kinds of matches and targets. Those that the original makes of other matches, or
 * of a list somewhere else, it cannot make of JSON.
 */
const MATCHES = new Map<string, z.ZodType<Readonly<Record<string, PyJson>>>>([
  ["NetfilterMatchAll", NOTHING],
  ["NetfilterMatchAnd", z.never()],
  ["NetfilterMatchOr", z.never()],
  [
    "NetfilterMatchIPAddress",
    z.strictObject({
      host: text.transform((given, context) => {
        const network = readIpNetwork(given);
        if (network !== undefined) return network;
        context.addIssue({ code: "custom", message: "no network" });
        return z.NEVER;
      }),
    }),
  ],
  ["NetfilterMatchPeerId", z.strictObject({ peer_id: text })],
  ["NetfilterMatchRemoteURL", z.never()],
]);

const TARGETS = new Map<string, z.ZodType<Readonly<Record<string, PyJson>>>>([
  ["NetfilterAccept", NOTHING],
  ["NetfilterReject", NOTHING],
  ["NetfilterJump", NOTHING],
  ["NetfilterLog", z.strictObject({ msg: text })],
]);

const NO_CHAIN = "Invalid netfilter chain.";

const RULES = z.object({ chain: z.enum(CHAINS, NO_CHAIN) });

const ofChainSchema = z.object({ chain: z.object({ name: z.unknown() }) });
const newRuleSchema = ofChainSchema.extend({
  match: z.object({ type: z.unknown(), match_params: z.unknown() }).partial().optional(),
  target: z.object({ type: z.unknown(), target_params: z.unknown() }).partial().optional(),
});

const removalSchema = z.object({ chain: z.unknown(), rule_uuid: z.unknown() }).partial();

/**
 * Rules for connections of peers. They are kept for as long as the process runs, as in the original,
 * and there is nobody here whom they could keep out: this node has no peers.
 */
export function netfilterRoute(): Route {
  const rules = new Map<ChainName, Rule[]>(CHAINS.map((name) => [name, []]));
  return {
    path: "/p2p/netfilter",
    told: { GET: toldOfRules, POST: toldOfNewRule, DELETE: toldOfRemoval },
    GET({ args }) {
      const { chain: name } = args.read(RULES);
      return { rules: (rules.get(name) ?? []).map((rule) => ruleJson(name, rule)) };
    },
    async POST({ text }) {
      const given = bodyOf(await text());
      const of = bodyBy(ofChainSchema, given);
      if (!of.success) throw new BadRequest("Invalid chain data");
      const name = chainOf(of.data.chain.name);
      const body = bodyBy(newRuleSchema, given);
      if (!body.success) {
        throw new BadRequest(`Invalid netfilter ${String(body.error.issues[0]?.path[0])}.`);
      }
      const { match, target } = body.data;
      const rule: Rule = {
        uuid: crypto.randomUUID(),
        match: partOf("match", MATCHES, match?.type, match?.match_params),
        target: partOf("target", TARGETS, target?.type, target?.target_params),
      };
      const there = rules.get(name) ?? [];
      if (there.length >= MOST_RULES) throw new BadRequest("Too many netfilter rules.");
      there.push(rule);
      return { success: true, rule: ruleJson(name, rule) };
    },
    async DELETE({ text }) {
      const body = bodyBy(removalSchema, bodyOf(await text()));
      const name = chainOf(body.data?.chain);
      const uuid = body.data?.rule_uuid;
      if (typeof uuid !== "string" || uuid === "") throw new BadRequest("Invalid uuid for rule.");
      const there = rules.get(name) ?? [];
      const at = there.findIndex((rule) => rule.uuid === uuid);
      if (at < 0) throw new BadRequest("Rule not found.");
      there.splice(at, 1);
      return { success: true };
    },
    postScope: "admin",
    getAt: "owner",
  };
}

function ruleForm() {
  const part = z.looseObject({ type: z.string() });
  return z.looseObject({
    uuid: z.string(),
    chain: z.looseObject({ name: z.enum(CHAINS) }),
    target: part,
    match: part,
  });
}

const toldOfRules = toldOf(
  "Rules for connections of peers",
  () => z.object({ rules: z.array(ruleForm()) }),
  () => ({ query: RULES }),
);

const toldOfNewRule = toldOf(
  "Adds a rule",
  () => successWith({ rule: ruleForm() }),
  () => ({ body: newRuleSchema }),
);

const toldOfRemoval = toldOf("Removes a rule", successWith, () => ({ body: removalSchema }));

function bodyOf(text: string): PyJson {
  const body = bodyIfAny(text);
  if (body === undefined) throw new BadRequest("Invalid format for body data");
  return body;
}

function chainOf(name: unknown): ChainName {
  const known = CHAINS.find((each) => each === name);
  if (known === undefined) throw new BadRequest(NO_CHAIN);
  return known;
}

function partOf(
  what: "match" | "target",
  kinds: ReadonlyMap<string, z.ZodType<Readonly<Record<string, PyJson>>>>,
  type: unknown,
  params: unknown = {},
): Part {
  const schema = typeof type === "string" ? kinds.get(type) : undefined;
  if (typeof type !== "string" || schema === undefined) {
    throw new BadRequest(`Invalid netfilter ${what}.`);
  }
  const read = schema.safeParse(params);
  if (!read.success) throw new BadRequest(`Invalid netfilter ${what} parameters.`);
  return [type, read.data];
}

function ruleJson(name: ChainName, { uuid, target, match }: Rule): PyJson {
  const accept = { type: "NetfilterAccept", target_params: {} };
  return {
    uuid,
    chain: { name, table: { name: "filter" }, policy: accept },
    target: { type: target[0], target_params: target[1] },
    match: { type: match[0], match_params: match[1] },
  };
}
