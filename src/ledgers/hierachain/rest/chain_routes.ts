import { concernsStore } from "../chain/faults.ts";
import type { HieraChainService } from "../chain/service.ts";
import { chainNameText, readParameters } from "./parameters.ts";
import { chainLogName, isChainName, MAIN_CHAIN, MAX_NAME_CHARS } from "../chain/names.ts";
import { stateOf, subChainCount, subChains } from "../chain/queries.ts";
import { httpError, invalidSubChain, restJson, restPieces } from "./responses.ts";
import { PROOFS } from "../chain/rows.ts";
import type { AddRoute, RestContext } from "./context.ts";
import * as told from "./operations.ts";
import { sanitizeText } from "../event/sanitize.ts";

/** Characters of a chain's type that are kept. */
const DOMAIN_CHARS = 200;

/** Chains: list (those that the key may read), create, statistics and proofs to the root chain. */
export function addChainRoutes(add: AddRoute, { service }: RestContext): void {
  add("GET", "/api/ledger/chains", told.chainList, async (_, grant) => {
    const names = [MAIN_CHAIN, ...await subChains(service.registry)]
      .filter((name) => grant.allows("read", chainLogName(name)));
    return await restPieces(chainList(service, names));
  });

  add("POST", "/api/ledger/chains/:chain_name/create", told.chainCreation, async (c) => {
    const name = chainNameText(c);
    if (!isChainName(name)) {
      return httpError(
        400,
        `Invalid chain identifier '${
          sanitizeText(name)
        }'. Only alphanumeric, underscore, and hyphen are allowed.`,
      );
    }
    // The cut may split a surrogate pair, and an event holds no lone surrogate.
    const domain = sanitizeText(readParameters(c, told.CREATION).chain_type).slice(0, DOMAIN_CHARS)
      .toWellFormed();
    const { created } = name === MAIN_CHAIN
      ? { created: false }
      : await service.createSubChain(name, domain);
    const outcome = created ? "created successfully" : "already exists";
    const body = { success: true, message: `Sub-chain '${name}' ${outcome}`, chain_name: name };
    return restJson(body, created ? 201 : 200);
  });

  add("GET", "/api/ledger/chains/:chain_name/stats", told.stats, async (c) => {
    const name = chainNameText(c);
    const state = isChainName(name) ? await stateOf(service.chain(name)) : undefined;
    if (state === undefined) return httpError(404, `Chain '${name}' not found`);
    const isMain = name === MAIN_CHAIN;
    return restJson({
      chain_name: name,
      total_blocks: state.blocks,
      total_events: state.events,
      // The original counts blocks of proofs here, and its root chain never closes one.
      proof_count: isMain ? await service.chain(name).row<number>(PROOFS) ?? 0 : null,
      registered_sub_chains: isMain ? await subChainCount(service.registry) : null,
    });
  });

  add("POST", "/api/ledger/chains/:chain_name/submit-proof", told.proofSubmission, async (c) => {
    const name = chainNameText(c);
    // The original answers 500 for unknown chains; a name too long for a key of the store is refused.
    if (name.length > MAX_NAME_CHARS) return invalidSubChain();
    const proofId = isChainName(name) ? await service.submitProof(name) : undefined;
    if (proofId === undefined) {
      return httpError(500, "Failed to submit proof. An internal error has occurred.");
    }
    return restJson({
      success: true,
      message: `Proof submitted from '${name}' to main chain`,
      proof_id: proofId,
    });
  }, "proofs");
}

/** Chains whose states are read at once. */
const STATES_AT_ONCE = 100;

async function* chainList(
  service: HieraChainService,
  names: readonly string[],
): AsyncGenerator<string, void, void> {
  yield "[";
  let separator = "";
  for (let at = 0; at < names.length; at += STATES_AT_ONCE) {
    const some = names.slice(at, at + STATES_AT_ONCE);
    const shown = await Promise.all(some.map((name) => chainText(service, name)));
    const texts = shown.filter((text) => text !== undefined);
    if (texts.length === 0) continue;
    yield separator + texts.join(",");
    separator = ",";
  }
  yield "]";
}

/** A chain in the list; undefined for one that a node has, and of which nothing is here. */
async function chainText(service: HieraChainService, name: string): Promise<string | undefined> {
  const type = name === MAIN_CHAIN ? "main" : "sub";
  try {
    const state = await stateOf(service.chain(name));
    if (state === undefined && service.isFollowing) return undefined;
    const { blocks: block_count = 0, lastHash: latest_block_hash = null } = state ?? {};
    return JSON.stringify({ name, type, block_count, latest_block_hash });
  } catch (error) {
    if (concernsStore(error)) throw error;
    // One damaged chain must not take the list of all with it.
    return JSON.stringify({ name, type, block_count: 0, latest_block_hash: null, damaged: true });
  }
}
