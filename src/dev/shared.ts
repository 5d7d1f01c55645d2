import type { Owner } from "../web/owner.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { DevFault, FaultedRequest, Faults } from "./faults.ts";

/** What the threads of a server in developer mode share. */
export interface DevShared {
  readonly clock: SharedArrayBuffer;
  readonly faults: SharedArrayBuffer;
}

/** What threads ask of each other in developer mode. */
export interface DevTasks {
  readonly takeFault: (request: FaultedRequest) => Promise<DevFault | undefined>;
  /** Breaks the sockets of all threads; how many there were of each. */
  readonly cut: () => Promise<readonly number[]>;
}

/**
 * Declares it, on each thread.
 *
 * @param faults those that wait, where the log is
 */
export function devTasks(
  { owner, sockets }: { readonly owner: Owner; readonly sockets: Pick<SocketHub, "interrupt"> },
  faults?: Faults,
): DevTasks {
  return {
    takeFault: owner.task(
      "dev/fault",
      (request: FaultedRequest) => Promise.resolve(faults?.take(request)),
    ),
    cut: owner.survey<number>("dev/cut", () => sockets.interrupt()),
  };
}
