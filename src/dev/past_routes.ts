import type { Hono } from "hono";
import { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import type { Destination, RewoundChains } from "../log/rewinding.ts";
import type { Snapshot } from "../log/snapshots.ts";
import type { Extended } from "../server/extension.ts";
import { described } from "../web/described.ts";
import type { RequestEnv } from "../web/ledger.ts";
import { inJson, type Shape, type Tells } from "../web/operation.ts";
import { problem, problemForm } from "../web/problem.ts";
import { respondJson } from "../web/whole_response.ts";
import { devTold, postRoute } from "./route.ts";

const snapshotRequest = z.strictObject({
  /** What it is called, for people. */
  name: z.string().max(200).default(""),
});

const revertRequest = z.strictObject({ id: z.int().min(1) });

const forkRequest = z.union([
  /** All chains, as they were before a moment, in ISO 8601 with its zone. */
  z.strictObject({ at: z.iso.datetime({ offset: true }) }),
  /** One chain alone, by its whole name: its events before an offset. */
  z.strictObject({ chain: z.string().max(1_000), offset: z.int().min(0) }),
]);

/** Routes by which chains go back to what they were. */
export function pastRoutes(
  app: Hono<RequestEnv>,
  { renewal, ledgers }: Pick<Extended, "renewal" | "ledgers">,
): void {
  const goBack = async (to: Destination) => {
    try {
      return respondJson(endsOf(await renewal.rewind(to)));
    } catch (error) {
      const isUnknown = error instanceof LedgerError &&
        (error.code === "position_invalid" || error.code === "chain_unknown");
      if (!isUnknown) throw error;
      return problem(404, "not_found", error.message);
    }
  };
  app.get(
    "/v1/dev/snapshots",
    described(
      devTold("Snapshots that there are", () => z.object({ snapshots: z.array(snapshotSchema()) })),
      async () => respondJson({ snapshots: (await renewal.snapshots()).map(shown) }),
    ),
  );
  postRoute(app, "/v1/dev/snapshots", {
    does: "Keeps where all chains end",
    takes: snapshotRequest,
    answer: snapshotSchema,
    act: async ({ name }) => respondJson(shown(await renewal.snapshot(name))),
  });
  app.delete(
    "/v1/dev/snapshots/:id",
    described(toldOfForgetting, async ({ req }) => {
      const text = req.param("id") ?? "";
      const id = /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
      if (id !== undefined && await renewal.drop(id)) return respondJson({ id });
      return problem(404, "not_found", "There is no snapshot of that id");
    }),
  );
  postRoute(app, "/v1/dev/revert", {
    does: "Takes all chains back to a snapshot",
    takes: revertRequest,
    answer: endsSchema,
    act: ({ id }) => goBack({ snapshot: id }),
  });
  app.post(
    "/v1/dev/reset",
    described(
      devTold("Takes all chains back to their beginning", endsSchema),
      () => goBack({ beginning: true }),
    ),
  );
  postRoute(app, "/v1/dev/fork", {
    does: "Takes all chains back to a moment, or one to an offset",
    takes: forkRequest,
    answer: endsSchema,
    act: async (asked) => {
      if ("at" in asked) return await goBack({ time: Date.parse(asked.at) });
      const { chain } = asked;
      const owner = ledgers.find(({ definition }) => chain.startsWith(`${definition.name}/`));
      const why = await owner?.ledger.whyTogether?.(chain);
      return why === undefined ? await goBack(asked) : problem(409, "conflict", why);
    },
  });
}

const toldOfForgetting: Tells = () => ({
  does: "Forgets a snapshot",
  answers: { 200: inJson(z.object({ id: z.int() })), 404: problemForm() },
});

function snapshotSchema(): z.ZodType {
  return z.object({
    id: z.int(),
    name: z.string(),
    time: z.iso.datetime(),
    chains: z.int(),
  });
}

/** Where each chain ends that has gone back. */
function endsSchema(): Shape {
  return z.object({ chains: z.record(z.string(), z.int()) });
}

function shown({ number, name, time, chains }: Snapshot) {
  return { id: number, name, time: new Date(time).toISOString(), chains };
}

/** Which chains have gone back, and where each ends now. */
function endsOf(rewound: RewoundChains) {
  return { chains: Object.fromEntries([...rewound].map(([chain, { next }]) => [chain, next])) };
}
