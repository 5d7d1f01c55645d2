import type { Clock } from "../../kernel/clock.ts";
import type { Chain } from "../../log/chain.ts";
import type { Log } from "../../log/log.ts";
import type { StreamService } from "../chain/service.ts";
import type { StepQueue } from "./steps.ts";

/** What the subscriptions work with. */
export interface Surroundings {
  readonly log: Log;
  readonly chain: Chain;
  readonly steps: StepQueue;
  readonly service: StreamService;
  readonly clock: Clock;
  /** Aborted when the server stops. */
  readonly stopped: AbortSignal;
}
