import { PyFloat, type PyJson } from "../../../python/json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { bodyIfAny } from "./json_body.ts";
import { NODE_VERSION } from "./node_routes.ts";
import { failureAnswer } from "./responses.ts";
import { z } from "zod";

const NO_PROFILER = "There is no profiler in this node: the runtime has one (deno run --cpu-prof)";

const commandSchema = z.object({ start: z.unknown(), stop: z.unknown() }).partial();

/** The profilers of the original, of a node that has none: they are off, and stay it. */
export function profilerRoutes({ network }: NodeQueries, clock: Clock): Route[] {
  const lastUpdate = new PyFloat(clock.now() / 1_000);
  return [
    {
      path: "/profiler",
      async POST({ text }): Promise<PyJson> {
        const command = commandSchema.safeParse(bodyIfAny(await text()) ?? {});
        const isCommand = command.success && ("start" in command.data || "stop" in command.data);
        return isCommand ? { success: false, message: NO_PROFILER } : { success: false };
      },
      postScope: "admin",
    },
    {
      path: "/top",
      GET: () => ({
        version: NODE_VERSION,
        network: network.name,
        hostname: "",
        enabled: false,
        last_update: lastUpdate,
        error: "",
        proc_list: [],
      }),
      async POST({ text }) {
        switch (await text()) {
          case "start":
            return failureAnswer(NO_PROFILER, 400);
          case "stop":
            return failureAnswer("profiler is already stopped", 400);
          case "reset":
            return { success: true, message: "profiler has been reseted" };
          default:
            return failureAnswer("invalid command", 400);
        }
      },
      postScope: "admin",
    },
  ];
}
