import { portSetting, textSetting } from "../../../src/kernel/setting.ts";
import type { Projection } from "../../../src/log/projection.ts";
import { framerOf } from "../../../src/sockets/frames.ts";
import { upgrade } from "../../../src/sockets/upgrade.ts";
import { admit, type Grant, isForbidden, type Scope } from "../../../src/web/access.ts";
import { protocolBesideKey, shownKey } from "../../../src/web/bearer.ts";
import type { Ledger, LedgerContext, LedgerDefinition } from "../../../src/web/ledger.ts";
import { problem } from "../../../src/web/problem_response.ts";

const CHAIN = "notes/all";
const projection: Projection = {
  version: 1,
  apply: async (_, rows) => rows.set(["count"], (await rows.get<number>(["count"]) ?? 0) + 1),
};

/** What an author of a ledger writes at the least: notes that are appended, counted and heard live. */
export const notes: LedgerDefinition = {
  name: "notes",
  title: "Notes",
  settings: {
    "notes-port": { doc: "Port of the notes, or off", schema: portSetting, fallback: "off" },
    "notes-word": { doc: "Begins each note", schema: textSetting, fallback: "note" },
  },
  ports: ["notes-port"],
  firstSteps: (origin) => [`curl -X POST ${origin}/notes -d hello`],
  projectionOf: (chain) => chain === CHAIN ? projection : undefined,
  create: (context) => Promise.resolve(notesAtWork(context)),
};

function notesAtWork({ log, access, sockets, settings }: LedgerContext) {
  const chain = log.chain(CHAIN, projection);
  const framer = framerOf((batch, index) => JSON.stringify(batch.text(index)));
  const granted = (request: Request, scope: Scope): Grant | Response => {
    const grant = admit(access, shownKey(request));
    if (typeof grant === "string") return problem(401, "unauthorized", "A key is needed");
    if (!isForbidden(access, grant, scope, CHAIN)) return grant;
    return problem(403, "forbidden", "The key does not allow it");
  };
  return {
    routes(app) {
      app.post("/notes", async ({ req }) => {
        const grant = granted(req.raw, "append");
        if (grant instanceof Response) return grant;
        const data = `${settings["notes-word"]} ${await req.text()}`;
        const { offset } = await chain.execute((tx) => tx.emit({ type: "note", data }));
        return Response.json({ offset, count: await chain.row(["count"]) });
      });
      app.get("/ws", ({ req: { raw: request }, env }) => {
        const grant = granted(request, "read");
        if (grant instanceof Response) return grant;
        return upgrade(request, {
          ledger: "notes",
          hub: sockets,
          visitor: { address: env.remoteAddress, grant },
          protocol: protocolBesideKey(request.headers),
          open: (session) => ({
            async message(from) {
              const offset = await chain.locate({ at: "offset", offset: Number(from) });
              await session.subscribe(chain, offset, { framer });
            },
          }),
        });
      });
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  } satisfies Ledger;
}
