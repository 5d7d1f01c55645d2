import { assert } from "@std/assert";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { EngineHost } from "../../../../src/ledgers/hathor/nano/engine_host.ts";
import { pythonTest } from "../../../support/programs.ts";
import { within } from "../../../support/until.ts";
import { ROOMY } from "../support/engines.ts";
import { networkOf } from "../support/vectors.ts";

const REQUEST_MS = 10_000;

pythonTest(
  "a process that begins for longer than a request may take is waited for",
  ["hathorlib"],
  async (python) => {
    // What a request may take is over at once.
    const clock: Clock = {
      now: systemClock.now,
      after: (ms, task) => systemClock.after(ms <= REQUEST_MS ? 0 : ms, task),
    };
    const limits = { memoryBytes: 2 * 1024 ** 3, ...ROOMY, requestMs: REQUEST_MS };
    const host = new EngineHost({ python, network: networkOf("privatenet"), limits, clock });
    try {
      const { process } = await within("the engine", host.engine());
      assert(!process.hasEnded);
    } finally {
      await host.close();
    }
  },
);
