import { z } from "zod";
import { noResource, toldOf } from "../../http/told.ts";
import type { Route } from "../../http/app.ts";
import { jsonAnswer, noSuchResource } from "../../http/responses.ts";
import type { StratumServer } from "./stratum_server.ts";

/** Tells of those who mine by stratum; not there where nobody can. Their addresses are not for all. */
export function minersRoute(stratum: StratumServer | undefined): Route {
  return {
    path: "/miners",
    told: {
      GET: toldOf(
        "Lists who mines by stratum",
        () => z.array(z.looseObject({ address: z.string(), blocks_found: z.number() })),
        () => ({ more: { 404: noResource } }),
      ),
    },
    GET: () => stratum === undefined ? noSuchResource() : jsonAnswer(stratum.stats()),
    getScope: "admin",
    getAt: "owner",
  };
}
