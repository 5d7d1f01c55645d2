import { LEDGERS } from "../../ledgers/registry.ts";
import type { Log } from "../../log/log.ts";
import { projectionOfLedgers } from "../../server/projections.ts";
import { AllPages } from "../../streams/all/pages.ts";
import { AllReaders } from "../../streams/all/readers.ts";
import { placeOfStart, readAllRequest } from "../../streams/all/request.ts";
import { Selection } from "../../streams/all/selection.ts";
import { StreamService } from "../../streams/chain/service.ts";
import { Tellings } from "../../streams/typed/tellings.ts";
import { SOLE_OWNER } from "../../web/owner.ts";
import type { AllQuery } from "./backend.ts";
import { linesOfTexts } from "./follow_all.ts";

/**
 * Follows the chains of some patterns in a store that no server has open. The data of ledgers' events
 * is as it lies in the log.
 */
export async function* followAllIn(
  log: Log,
  { patterns, from, filter }: AllQuery,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { clock } = log;
  const service = new StreamService(log, clock, (chain) => projectionOfLedgers(chain, LEDGERS));
  const tellings = new Tellings({ log, clock, settings: {}, ledgers: [] });
  const readers = new AllReaders({ log, service, tellings, owner: SOLE_OWNER });
  const query = new URLSearchParams({ ...from });
  for (const pattern of patterns) query.append("chain", pattern);
  const asked = readAllRequest(query, false, null);
  const order = await readers.order();
  const { position, since } = placeOfStart(asked.start, order, clock.now());
  const wanted = { patterns: asked.patterns, filter, format: asked.format, since };
  const selection = new Selection(wanted, { allows: () => true });
  const goOn = readers.stay();
  const pages = await AllPages.open(readers, position, order, selection);
  try {
    while (!signal.aborted) {
      const { texts } = await pages.next();
      if (texts.length > 0) yield linesOfTexts(texts);
      await pages.more(signal);
    }
  } finally {
    pages.close();
    goOn();
    await readers.keeper.stop();
  }
}
