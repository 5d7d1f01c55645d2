import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../kernel/clock.ts";
import type { HubObserver } from "../../sockets/hub.ts";
import type { Stay } from "../../sockets/stay.ts";

const logger = getLogger(["ledgerline", "access"]);

/** Logs connections as they come and go, beside what another observer does. */
export function connectionLog(other: HubObserver, clock: Clock): HubObserver {
  const came = (stay: Stay) => {
    const { kind } = stay;
    logger.info("{kind} opened", { kind, ...factsOf(stay) });
  };
  const went = (stay: Stay, reason: string) => {
    const { kind, since, watched: { messages, bytes } } = stay;
    const seconds = Math.max(0, clock.now() - since) / 1_000;
    logger.info("{kind} ended: {reason}", {
      kind,
      reason,
      ...factsOf(stay),
      seconds,
      messages,
      bytes,
    });
  };
  return {
    refused: (ledger, reason) => other.refused?.(ledger, reason),
    opened: (ledger, stay) => {
      other.opened?.(ledger, stay);
      came(stay);
    },
    closed: (ledger, reason, stay) => {
      other.closed?.(ledger, reason, stay);
      went(stay, reason);
    },
    held: (ledger, stay) => {
      other.held?.(ledger, stay);
      came(stay);
    },
    released: (ledger, stay) => {
      other.released?.(ledger, stay);
      went(stay, "released");
    },
  };
}

function factsOf({ id, ledger, visitor, agent }: Stay) {
  return { connection: id, ledger, address: visitor.address, key: visitor.grant.id, agent };
}
