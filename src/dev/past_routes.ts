import type { Hono } from "hono";
import { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import type { Destination, RewoundChains } from "../log/rewinding.ts";
import type { Snapshot } from "../log/snapshots.ts";
import type { Extended } from "../server/extension.ts";
import type { RequestEnv } from "../web/ledger.ts";
import { problem } from "../web/problem.ts";
import { respondJson } from "../web/whole_response.ts";

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

/** Reads a body, or says how it is wrong. */
type ReadBody = <T>(request: Request, schema: z.ZodType<T>) => Promise<T | Response>;

/** Routes by which chains go back to what they were. */
export function pastRoutes(
  app: Hono<RequestEnv>,
  { renewal, ledgers }: Pick<Extended, "renewal" | "ledgers">,
  read: ReadBody,
): void {
  const goBack = async (to: Destination) => {
    try {
      return respondJson(told(await renewal.rewind(to)));
    } catch (error) {
      const isUnknown = error instanceof LedgerError &&
        (error.code === "position_invalid" || error.code === "chain_unknown");
      if (!isUnknown) throw error;
      return problem(404, "not_found", error.message);
    }
  };
  app.get("/v1/dev/snapshots", async () => {
    return respondJson({ snapshots: (await renewal.snapshots()).map(shown) });
  });
  app.post("/v1/dev/snapshots", async ({ req }) => {
    const asked = await read(req.raw, snapshotRequest);
    if (asked instanceof Response) return asked;
    return respondJson(shown(await renewal.snapshot(asked.name)));
  });
  app.delete("/v1/dev/snapshots/:id{[0-9]{1,15}}", async ({ req }) => {
    const id = Number(req.param("id"));
    if (await renewal.drop(id)) return respondJson({ id });
    return problem(404, "not_found", `There is no snapshot ${id}`);
  });
  app.post("/v1/dev/revert", async ({ req }) => {
    const asked = await read(req.raw, revertRequest);
    return asked instanceof Response ? asked : await goBack({ snapshot: asked.id });
  });
  app.post("/v1/dev/reset", () => goBack({ beginning: true }));
  app.post("/v1/dev/fork", async ({ req }) => {
    const asked = await read(req.raw, forkRequest);
    if (asked instanceof Response) return asked;
    if ("at" in asked) return await goBack({ time: Date.parse(asked.at) });
    const { chain } = asked;
    const owner = ledgers.find(({ definition }) => chain.startsWith(`${definition.name}/`));
    const why = await owner?.ledger.whyTogether?.(chain);
    return why === undefined ? await goBack(asked) : problem(409, "conflict", why);
  });
}

function shown({ number, name, time, chains }: Snapshot) {
  return { id: number, name, time: new Date(time).toISOString(), chains };
}

/** Which chains have gone back, and where each ends now. */
function told(rewound: RewoundChains) {
  return { chains: Object.fromEntries([...rewound].map(([chain, { next }]) => [chain, next])) };
}
