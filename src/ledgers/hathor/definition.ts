import type { LedgerDefinition } from "../../web/ledger.ts";
import { bookProjection } from "./deposits/book.ts";
import { noticeProjection } from "./deposits/notice_rows.ts";
import { jobProjection } from "./mining/jobs/projection.ts";
import {
  DEPOSIT_BOOK_PREFIX,
  DEPOSITS_PREFIX,
  HATHOR_PREFIX,
  JOBS_PREFIX,
  LEDGER,
  WORKS_PREFIX,
} from "./networks/chain_names.ts";
import { eventTypes } from "./sockets/event_types.ts";
import { eventFormOf } from "./event_form.ts";
import { findEngine } from "./nano/find_engine.ts";
import { askedWorkProjection } from "./rows/asked_works.ts";
import { hathorProjection } from "./rows/projection.ts";
import { followedPlace } from "../../remote/follow_settings.ts";
import { identityText } from "./intake/node.ts";
import {
  isMirrorOf,
  readEngineChoice,
  readHathorSettings,
  readNetwork,
  settings,
} from "./settings.ts";
import { hathorFollow } from "./follow/follow_part.ts";

/** Hathor, as hathor-core 0.72.0 has it, with the service that mines for wallets. */
export const hathor: LedgerDefinition = {
  name: LEDGER,
  title: "Hathor",
  settings,
  ports: ["hathor-port"],
  firstStep: (base) => `curl '${base}/v1a/event?size=1'`,
  eventsPath: "/v1a/event_ws",
  projectionOf(chain) {
    if (chain.startsWith(JOBS_PREFIX)) return jobProjection;
    if (chain.startsWith(DEPOSITS_PREFIX)) return noticeProjection;
    if (chain.startsWith(DEPOSIT_BOOK_PREFIX)) return bookProjection;
    if (chain.startsWith(WORKS_PREFIX)) return askedWorkProjection;
    return chain.startsWith(HATHOR_PREFIX) ? hathorProjection() : undefined;
  },
  formOf: eventFormOf,
  eventTypes,
  async examine(values) {
    const choice = readEngineChoice(values, await readNetwork(values));
    if (choice === "off") return [];
    const found = await findEngine(choice);
    if ("python" in found) return [["ok", `${found.python} runs Hathor's contracts`]];
    // Nobody has asked for contracts with `auto`.
    return [[choice === "auto" ? "ok" : "look", `no contracts of Hathor are run: ${found.why}`]];
  },
  ownFact: async (log, settings) =>
    await identityText({
      log,
      network: await readNetwork(settings),
      isFollowing: followedPlace(LEDGER, settings) !== undefined,
      isMirror: isMirrorOf(settings),
    }),
  follow: hathorFollow(readNetwork),
  async create(ledger) {
    const read = await readHathorSettings(ledger.settings);
    // What asks for settings alone needs neither, and a server one of them.
    if (read.isFollowing) return (await import("./followed_node.ts")).followedNode(ledger, read);
    return (await import("./own_node.ts")).ownNode(ledger, read);
  },
};
