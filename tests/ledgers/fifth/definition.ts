import { portSetting, textSetting } from "../../../src/kernel/setting.ts";
import type { Projection } from "../../../src/log/projection.ts";
import { framerOf } from "../../../src/sockets/frames.ts";
import { z } from "zod";
import { admission } from "../../../src/web/admission.ts";
import { described } from "../../../src/web/described.ts";
import { inJson, type Tells } from "../../../src/web/operation.ts";
import type { Ledger, LedgerContext, LedgerDefinition } from "../../../src/web/ledger.ts";
import { openSocket } from "../../../src/web/open_socket.ts";
import { problemForm, PROBLEMS } from "../../../src/web/problem.ts";

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
  firstStep: (base) => `curl -X POST ${base}/notes -d hello`,
  projectionOf: (chain) => chain === CHAIN ? projection : undefined,
  create: (context) => Promise.resolve(notesAtWork(context)),
};

const toldOfAppend: Tells = () => ({
  does: "Appends a note",
  body: { "text/plain": z.string() },
  answers: { 200: inJson(z.object({ offset: z.int(), count: z.int() })) },
});

const toldOfSocket: Tells = () => ({
  does: "Hears the notes from an offset on",
  answers: { 426: problemForm() },
  socket: { sends: { note: z.string() }, takes: { offset: z.string() } },
});

function notesAtWork(context: LedgerContext) {
  const { log, access, settings } = context;
  const chain = log.chain(CHAIN);
  const framer = framerOf((batch, index) => JSON.stringify(batch.text(index)));
  return {
    routes(app) {
      const append = described(toldOfAppend, async ({ req }) => {
        const grant = admission(access, req.raw, PROBLEMS, { scope: "append", chain: CHAIN });
        if (grant instanceof Response) return grant;
        const data = `${settings["notes-word"]} ${await req.text()}`;
        const { offset } = await chain.execute((tx) => tx.emit({ type: "note", data }));
        return Response.json({ offset, count: await chain.row(["count"]) });
      });
      app.post("/notes", append);
      const follow = described(
        toldOfSocket,
        ({ req, env }) =>
          openSocket(context, req.raw, env.remoteAddress, {
            ledger: "notes",
            need: { scope: "read", chain: CHAIN },
            words: PROBLEMS,
            prepare: () => (session) => ({
              async message(from) {
                const offset = await chain.locate({ at: "offset", offset: Number(from) });
                await session.follow(chain, offset, { framer });
              },
            }),
          }),
      );
      app.get("/ws", follow);
    },
    words: PROBLEMS,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  } satisfies Ledger;
}
