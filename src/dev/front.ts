import type { Context } from "hono";
import { systemClock } from "../kernel/clock.ts";
import { DOCUMENTS } from "../server/docs/routes.ts";
import type { FrontMode } from "../server/extension.ts";
import { noOperation } from "../web/described.ts";
import type { RequestEnv } from "../web/ledger.ts";
import { problem } from "../web/problem.ts";
import { DevClock } from "./clock.ts";
import { meetingFaults } from "./faults.ts";
import { DEV_PATHS } from "./routes.ts";
import { type DevShared, devTasks } from "./shared.ts";

/** Developer mode on a thread that has connections: where the log is, is the rest of it. */
export function devFront(shared: unknown): FrontMode | undefined {
  // It is what the first thread has given, or nothing.
  const memory = shared as DevShared | undefined;
  if (memory === undefined) return undefined;
  return {
    clock: new DevClock(systemClock, memory.clock),
    extend({ sockets, owner, waits }) {
      const { takeFault } = devTasks({ owner, sockets });
      return {
        before: meetingFaults({ memory: memory.faults, take: takeFault, clock: waits }),
        routes(app) {
          const handed = noOperation(async ({ req: { raw }, env }: Context<RequestEnv>) =>
            await env.handOver?.(raw, true) ?? problem(404, "not_found", "There is nothing here")
          );
          // What tells of all routes has those of the mode there alone.
          for (const path of [DEV_PATHS, ...DOCUMENTS]) app.use(path, handed);
        },
      };
    },
  };
}
