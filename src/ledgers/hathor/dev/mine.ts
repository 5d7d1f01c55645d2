import type { Clock } from "../../../kernel/clock.ts";
import type { Intake } from "../intake/intake.ts";
import { NonceSearch } from "../mining/nonce_search.ts";
import { solveBlock } from "../mining/proof_of_work.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { minimalBlock, timestampOf } from "../queries/template_block.ts";
import { type BlockTemplate, blockTemplate, NoTemplateError } from "../queries/templates.ts";
import { scriptOfNobody } from "../script/patterns.ts";

/**
 * Mines blocks one upon another, whose rewards nobody has; others may mine beside it. Returns their
 * hashes. Throws RangeError where the chain is too far ahead of the clock, and whatever a block is
 * refused for.
 */
export async function mineBlocks(
  queries: NodeQueries,
  intake: Intake,
  clock: Clock,
  count: number,
): Promise<string[]> {
  const script = scriptOfNobody(queries.network);
  const search = new NonceSearch();
  const { signal } = new AbortController();
  const hashes: string[] = [];
  try {
    while (hashes.length < count) {
      const template = await templateNow(queries);
      const fields = { ...minimalBlock(template, script), timestamp: timestampOf(template) };
      const block = await solveBlock(fields, { clock, search, signal });
      if (block === undefined) continue;
      const answer = await intake.submitBlock(block);
      if (answer.isAccepted) hashes.push(block.hash);
      else if (answer.code !== "ParentNotBest") throw new Error(answer.message);
    }
  } catch (error) {
    throw error instanceof NoTemplateError ? new RangeError(error.message) : error;
  } finally {
    search.stop();
  }
  return hashes;
}

async function templateNow({ node }: NodeQueries): Promise<BlockTemplate> {
  try {
    return await blockTemplate(node);
  } catch (error) {
    if (!(error instanceof NoTemplateError)) throw error;
    throw new RangeError(`${error.message} Put the clock forward.`);
  }
}
