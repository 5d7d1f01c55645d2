import { CpuMeter } from "../cpu.ts";
import { post } from "../events.ts";
import { inTurns } from "../pairs.ts";
import { type ServerProcess, withServers } from "../processes.ts";
import { closedLoop } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { rate } from "../table.ts";

const CONNECTIONS = 64;

/**
 * What a request costs before any ledger does anything: requests per second of the server's
 * processor time, beside bare `Deno.serve`, which has no limits, deadlines or door.
 */
export const requests: Scenario = {
  name: "http-request",
  run: ({ pairs, quick }) =>
    withServers(async (ours, bare) => {
      const seconds = quick ? 0.3 : 2;
      const alive = new TextEncoder().encode("GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
      const run = () => perCpuSecond(ours, ours.main, alive, seconds);
      await run();
      const paired = await inTurns(
        pairs,
        { run, pid: ours.pid },
        () => perCpuSecond(bare, bare.port, post("/read"), seconds),
      );
      return [{
        scenario: "http-request",
        ours: rate(paired.ours),
        ceiling: rate(paired.ceiling),
        ratio: paired.ratio,
        each: paired.each,
        target: { is: "at least", value: 0.5 },
        note: `per second of the server's processor time; ${paired.cpu}`,
      }];
    }),
};

async function perCpuSecond(
  { pid }: ServerProcess,
  port: number,
  request: Uint8Array,
  seconds: number,
): Promise<number> {
  const meter = await CpuMeter.start(pid);
  const perSecond = await closedLoop(port, CONNECTIONS, [request], { seconds });
  const { server = NaN } = await meter.stop();
  return perSecond / server;
}
