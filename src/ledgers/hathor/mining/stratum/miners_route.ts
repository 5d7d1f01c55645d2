import type { Route } from "../../http/app.ts";
import { jsonAnswer, noSuchResource } from "../../http/responses.ts";
import type { StratumServer } from "./stratum_server.ts";

/** Tells of those who mine by stratum; not there where nobody can. Their addresses are not for all. */
export function minersRoute(stratum: StratumServer | undefined): Route {
  return {
    path: "/miners",
    GET: () => stratum === undefined ? noSuchResource() : jsonAnswer(stratum.stats()),
    getScope: "admin",
    getAt: "owner",
  };
}
