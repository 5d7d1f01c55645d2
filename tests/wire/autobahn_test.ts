import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import type { Edge } from "../../src/server/edge/edge.ts";
import { amount, figure } from "../support/amounts.ts";
import { EDGES } from "../support/edges.ts";
import { pythonTest } from "../support/programs.ts";
import { withFolder } from "../support/server.ts";
import { within } from "../support/until.ts";
import { withEcho } from "./echo.ts";

/** How often all cases are run. */
const ROUNDS = amount("LEDGER_AUTOBAHN_ROUNDS", 1);

/** Cases at the same time: most wait for a second or for a closing handshake. */
const AT_ONCE = 16;

/** Where an echo has to be a binary message: no ledger sends those. `messages_test.ts` has the rest. */
const BINARY = ["1.2.*", "9.2.1", "9.8.*"];

/** The least cases of Autobahn that are run. */
const CASES = 500;

/** What a case may come to beside a failure. */
const GOOD = /^(?:OK|NON-STRICT|INFORMATIONAL)$/;

/** Messages of more than a client may send. */
const TOO_LARGE = /^9\.(?:1\.[2-6]|2\.[2-6]|[3456]\.\d+)$/;

/** Compression, which is not negotiated. */
const COMPRESSED = /^1[23]\./;

/** Cases that the runtime's own sockets fail, and what they do instead. */
const FAULTS: Readonly<Record<Edge, Readonly<Record<string, string>>>> = {
  node: {},
  // A close frame of 126 bytes, which no control frame may have, is returned as it is.
  deno: { "7.3.6": "FAILED, WRONG CODE, 1000" },
};

/** What is read of the report on a case. */
interface Report {
  readonly id: string;
  readonly behavior: string;
  readonly behaviorClose: string;
  readonly remoteCloseCode: number | null;
}

for (const edge of EDGES) {
  const name = `${edge}: sockets pass Autobahn's cases`;
  pythonTest(name, ["kosoku"], async (python) => {
    for (let round = 0; round < ROUNDS; round++) {
      await withEcho(edge, async (origin) => {
        const reports = await run(join(dirname(python), "kosoku"), origin);
        const wrong = reports.flatMap((report) => {
          const { id, behavior, behaviorClose, remoteCloseCode } = report;
          const text = `${behavior}, ${behaviorClose}, ${remoteCloseCode}`;
          const known = FAULTS[edge][id];
          const isWell = known !== undefined ? known === text : isRight(report);
          return isWell ? [] : [`${id}: ${text}`];
        });
        assertEquals(wrong, []);
        assertEquals(reports.length >= CASES, true, `${reports.length} cases`);
        figure("cases", reports.length);
      });
    }
  });
}

/** Whether a case came to what it has to, of a server that neither compresses nor takes all lengths. */
function isRight({ id, behavior, behaviorClose, remoteCloseCode }: Report): boolean {
  if (TOO_LARGE.test(id)) return remoteCloseCode === 1009;
  if (COMPRESSED.test(id)) return behavior === "UNIMPLEMENTED" && behaviorClose === "OK";
  return GOOD.test(behavior) && GOOD.test(behaviorClose);
}

/** Runs the cases against a server. */
async function run(kosoku: string, origin: string): Promise<Report[]> {
  const reports: Report[] = [];
  await withFolder(async (folder) => {
    const options = {
      args: [
        new URL(origin).host,
        `--parallelism=${AT_ONCE}`,
        `--outdir=${folder}`,
        ...BINARY.map((cases) => `--exclude=${cases}`),
      ],
    };
    // It ends badly where compression is not there, and says so in its reports.
    await within("the cases are over", new Deno.Command(kosoku, options).output());
    for await (const { name } of Deno.readDir(folder)) {
      if (!/_case_.*\.json$/.test(name)) continue;
      reports.push(JSON.parse(await Deno.readTextFile(join(folder, name))));
    }
  });
  return reports;
}
