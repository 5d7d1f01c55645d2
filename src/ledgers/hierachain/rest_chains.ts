import { chainNameText } from "./rest_query.ts";
import { isChainName, logNameOf, MAIN_CHAIN } from "./names.ts";
import { stateOf, subChains } from "./queries.ts";
import { httpError, json } from "./responses.ts";
import { PROOFS } from "./state.ts";
import type { AddRoute, RestContext } from "./rest.ts";
import { sanitizeText } from "./sanitize.ts";

/** Characters of a chain's type that are kept. */
const DOMAIN_CHARS = 200;

/** Chains: list (those that the key may read), create, statistics and proofs to the root chain. */
export function chainRoutes(add: AddRoute, { service }: RestContext): void {
  add("GET", "/api/ledger/chains", async (_, grant) => {
    const names = [MAIN_CHAIN, ...await subChains(service.chain(MAIN_CHAIN))]
      .filter((name) => grant.allows("read", logNameOf(name)));
    const chains = await Promise.all(names.map(async (name) => {
      const state = await stateOf(service.chain(name));
      return {
        name,
        type: name === MAIN_CHAIN ? "main" : "sub",
        block_count: state?.blocks ?? 0,
        latest_block_hash: state?.lastHash ?? null,
      };
    }));
    return json(chains);
  });

  add("POST", "/api/ledger/chains/:name/create", async (c) => {
    const name = chainNameText(c);
    if (!isChainName(name)) {
      return httpError(
        400,
        `Invalid chain identifier '${
          sanitizeText(name)
        }'. Only alphanumeric, underscore, and hyphen are allowed.`,
      );
    }
    const domain = sanitizeText(c.req.query("chain_type") ?? "generic").slice(0, DOMAIN_CHARS);
    const { created } = name === MAIN_CHAIN
      ? { created: false }
      : await service.createSubChain(name, domain);
    const outcome = created ? "created successfully" : "already exists";
    const body = { success: true, message: `Sub-chain '${name}' ${outcome}`, chain_name: name };
    return json(body, created ? 201 : 200);
  });

  add("GET", "/api/ledger/chains/:name/stats", async (c) => {
    const name = chainNameText(c);
    const state = isChainName(name) ? await stateOf(service.chain(name)) : undefined;
    if (state === undefined) return httpError(404, `Chain '${name}' not found`);
    const isMain = name === MAIN_CHAIN;
    return json({
      chain_name: name,
      total_blocks: state.blocks,
      total_events: state.events,
      // The original counts blocks here, of which its root chain never closes one.
      proof_count: isMain ? await service.chain(name).row<number>(PROOFS) ?? 0 : null,
      registered_sub_chains: isMain ? (await subChains(service.chain(MAIN_CHAIN))).length : null,
    });
  });

  add("POST", "/api/ledger/chains/:name/submit-proof", async (c) => {
    const name = chainNameText(c);
    const proofId = isChainName(name) ? await service.submitProof(name) : undefined;
    if (proofId === undefined) {
      return httpError(500, "Failed to submit proof. An internal error has occurred.");
    }
    return json({
      success: true,
      message: `Proof submitted from '${name}' to main chain`,
      proof_id: proofId,
    });
  }, "proofs");
}
