import { PyFloat, type PyJson } from "../../../python/json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { bodyBy, bodyIfAny } from "./json_body.ts";
import { NODE_VERSION } from "./node_routes.ts";
import { failureAnswer } from "./responses.ts";
import { z } from "zod";
import { inJson, jsonBody, type Tells } from "../../../web/operation.ts";
import { anyFailure, successWith, toldOf } from "./told.ts";

const NO_PROFILER = "There is no profiler in this node: the runtime has one (deno run --cpu-prof)";

const commandSchema = z.object({ start: z.unknown(), stop: z.unknown() }).partial();

const toldOfProfiler: Tells = () => ({
  does: "Starts or stops a profiler, of which there is none",
  body: jsonBody(commandSchema),
  isBodyOptional: true,
  answers: { 200: inJson(z.object({ success: z.literal(false), message: z.string().optional() })) },
});

const toldOfTop = toldOf("What runs, of which nothing is known", () =>
  z.looseObject({
    version: z.string(),
    network: z.string(),
    enabled: z.literal(false),
    proc_list: z.array(z.unknown()),
  }));

const toldOfTopCommand: Tells = () => ({
  does: "Starts, stops or resets what runs",
  body: { "text/plain": z.enum(["start", "stop", "reset"]) },
  answers: {
    200: inJson(successWith({ message: z.string() })),
    400: anyFailure(),
  },
});

/** The profilers of the original, of a node that has none: they are off, and stay it. */
export function profilerRoutes({ network }: NodeQueries, clock: Clock): Route[] {
  const lastUpdate = new PyFloat(clock.now() / 1_000);
  return [
    {
      path: "/profiler",
      told: { POST: toldOfProfiler },
      async POST({ text }): Promise<PyJson> {
        const command = bodyBy(commandSchema, bodyIfAny(await text()) ?? {});
        const isCommand = command.success && ("start" in command.data || "stop" in command.data);
        return isCommand ? { success: false, message: NO_PROFILER } : { success: false };
      },
      postScope: "admin",
    },
    {
      path: "/top",
      told: { GET: toldOfTop, POST: toldOfTopCommand },
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
