import { z } from "zod";
import type { Log } from "../../../src/log/log.ts";
import { followedBy } from "../../../src/remote/followed.ts";
import { followSettings } from "../../../src/remote/follow_settings.ts";
import { Heard } from "../../../src/remote/heard.ts";
import { NodeAnswers } from "../../../src/remote/node_answers.ts";
import type { RemoteConnection, RemoteNews, RemotePiece } from "../../../src/remote/remote.ts";
import type { LedgerDefinition } from "../../../src/web/ledger.ts";
import { notes } from "./definition.ts";

const CHAIN = "notes/all";
const LINE = "notes";

/** What a server of notes tells of them: here by the server's own API. */
const told = z.array(z.looseObject({ data: z.string() }));

/** Notes that follow those of another server: all that such a ledger says of it. */
export const followedNotes: LedgerDefinition = {
  ...notes,
  settings: {
    ...notes.settings,
    ...followSettings("notes", "Notes", "http://node:8000"),
  },
  follow: {
    follow: (context) => {
      const { server, clock, log } = context;
      const connect = (signal: AbortSignal): Promise<RemoteConnection<string>> => {
        const answers = new NodeAnswers(server, new Heard(clock, signal));
        return Promise.resolve({
          life: "notes",
          news: () => newsOf(answers),
          fill: (_line, _of, from, next) => notesFrom(answers, from, next),
        });
      };
      return followedBy({ name: "notes", address: server.origin, connect }, keeperOf(log), context);
    },
    remotePath: (path) => `/notes${path}`,
  },
};

async function* newsOf(answers: NodeAnswers): AsyncGenerator<RemoteNews<string>> {
  while (!answers.signal.aborted) {
    const next = (await readNotes(answers)).length;
    yield { kind: "end", line: LINE, of: "", next, mark: "" };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function* notesFrom(
  answers: NodeAnswers,
  from: number,
  next: number,
): AsyncGenerator<RemotePiece<string>> {
  for (const [at, { data }] of (await readNotes(answers)).entries()) {
    if (at < from || at >= next) continue;
    yield { first: at, next: at + 1, item: data, bytes: data.length, time: 0 };
  }
}

async function readNotes(answers: NodeAnswers) {
  const bytes = await answers.find("/v1/stream/notes/all");
  return bytes === undefined ? [] : told.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

function keeperOf(log: Log) {
  const chain = log.chain(CHAIN);
  return {
    life: async () => (await chain.head())?.epoch === undefined ? undefined : "notes",
    begin: () => Promise.resolve(),
    next: async () => (await chain.head())?.next ?? 0,
    commit: async (_line: string, _of: string, items: readonly string[]) => {
      await chain.append(items.map((data) => ({ type: "note", data })));
    },
    check: () => Promise.resolve(),
    gone: () => Promise.resolve(),
    reset: async () => Number(await chain.drop(() => Promise.resolve(true), true)),
  };
}
