import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import type { LocalServer } from "../../support/in_process.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { type Fault, FAULTS } from "../../support/threads/faulty_front.ts";
import { inThreads, NUMBERS, onEveryThread, readAnew } from "../../support/threads/in_threads.ts";
import { until } from "../../support/until.ts";

const FRONT = new URL("../../support/threads/faulty_front.ts", import.meta.url);

/** One of the fronts has a fault; resolves when it has begun. */
async function suffer(fault: Omit<Fault, "taken">): Promise<void> {
  const taken = new SharedArrayBuffer(4);
  const channel = new BroadcastChannel(FAULTS);
  channel.postMessage({ ...fault, taken });
  await until("a front has heard of it", () => Atomics.load(new Int32Array(taken), 0) > 0);
  channel.close();
}

/** That all is as before, on all threads. */
async function isWhole({ main, native, api }: LocalServer, sockets: readonly ClientSocket[]) {
  await until("all threads serve", async () => {
    const { status } = await rawRequest(main, "GET", "/readyz").catch(() => ({ status: 0 }));
    return status === 200;
  });
  const { offset } = await api.append("c", { entity_id: "after", event_type: "made" });
  for (
    const body of await onEveryThread(() =>
      readAnew(native, `/api/ledger/chains/c/events/${offset}`)
    )
  ) assertEquals(JSON.parse(body).event.entity_id, "after");
  // Those on other threads have heard of it; those of the one that is gone are gone.
  const isOver = async (socket: ClientSocket) => {
    await until(
      "it hears or is gone",
      () =>
        socket.ended !== undefined || socket.told.some(({ data }) => data?.entity_id === "after"),
    );
    return socket.ended !== undefined;
  };
  const over = await Promise.all(sockets.map(isOver));
  assertEquals([over.includes(true), over.includes(false)], [true, true]);
}

/**
 * Sockets on every thread, of which those of one go with the fault that it has; then all is as before.
 * `after` is given those that there were.
 */
async function suffered(
  threads: number,
  fault: Omit<Fault, "taken">,
  after?: (local: LocalServer, sockets: readonly ClientSocket[]) => Promise<void>,
): Promise<void> {
  await inThreads(
    async (local) => {
      const { native, api } = local;
      await api.create("c");
      const sockets = await onEveryThread(() => ClientSocket.open(native));
      await Promise.all(sockets.map((socket) => socket.subscribe("c")));
      await suffer(fault);
      await until(
        "its connections are gone",
        () => sockets.some(({ ended }) => ended !== undefined),
      );
      await isWhole(local, sockets);
      await after?.(local, sockets);
      await Promise.all(sockets.map((socket) => socket.close()));
    },
    [],
    { threads, frontModule: FRONT },
  );
}

for (const threads of NUMBERS) {
  for (const kind of ["throw", "memory"] as const) {
    Deno.test(`one of ${threads} threads that ends (${kind}) takes its own connections along, and is replaced`, async () => {
      await suffered(threads, { kind }, async ({ native }, sockets) => {
        // What it counted is given back.
        const { body } = await new HieraChainApi(native).get("/ws/status");
        assertEquals(
          body.total_connections,
          sockets.filter(({ ended }) => ended === undefined).length,
        );
      });
    });
  }

  Deno.test(`one of ${threads} threads that hangs is replaced meanwhile, and its connections end with its turn`, async () => {
    await suffered(threads, { kind: "hang", ms: 20_000 });
  });

  Deno.test(`connections of all ${threads} threads end in order when the server stops`, async () => {
    let sockets: ClientSocket[] = [];
    await inThreads(
      async ({ native, api }) => {
        await api.create("c");
        sockets = await onEveryThread(() => ClientSocket.open(native));
        await Promise.all(sockets.map((socket) => socket.subscribe("c")));
        await api.append("c", { entity_id: "E", event_type: "made" });
        await Promise.all(sockets.map((socket) => socket.count("new_event", 1)));
      },
      [],
      { threads },
    );
    for (const socket of sockets) {
      assertEquals((await socket.closed).code, 1001);
    }
  });
}
