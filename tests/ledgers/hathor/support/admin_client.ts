import { assertEquals } from "@std/assert";
import type { AdminOptions } from "../../../../src/ledgers/hathor/sockets/admin/admin_node.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { addressOf } from "./builder.ts";
import { recordedNetwork } from "./recordings.ts";
import { SocketWorld } from "./socket_world.ts";

/** The account of the recordings. */
export const XPUB =
  "xpub6FJjNPF19CxAB3rBf6BafcvSnhc3tP2dFrHVWeU1rCrE2pJZ8zopvP6kDqvTHY9BRtdyxzxSngZqkLEdEMAodXubm6oYS4PGMp79xbauz1j";

export const ADMIN_PATH = "/v1a/ws/";
export const HISTORY = "wallet:address_history";
export const ACCEPTED = "network:new_tx_accepted";

/** A world whose sockets have no timer of their own. */
export function withWorld(
  body: (world: SocketWorld, clock: FakeClock) => Promise<void>,
  options: { readonly admin?: AdminOptions; readonly isRecorded?: boolean } = {},
): Promise<void> {
  const clock = new FakeClock();
  const { admin = {}, isRecorded = false } = options;
  const network = isRecorded ? { network: recordedNetwork() } : {};
  return SocketWorld.run((world) => body(world, clock), { clock, admin, ...network });
}

/** Connects, and reads what a client is told first. */
export async function connect({ origin }: SocketWorld, path = ADMIN_PATH): Promise<ClientSocket> {
  const socket = await ClientSocket.open(origin, path);
  assertEquals(await socket.next(), {
    type: "capabilities",
    capabilities: ["history-streaming"],
  });
  return socket;
}

export function subscribe(world: SocketWorld, owner: number, more: object = {}) {
  const address = addressOf(world.node.network, owner);
  return { type: "subscribe_address", address, ...more };
}

/** Waits until all that has happened is told: of a new block everybody hears. */
export async function settle(world: SocketWorld, ...sockets: ClientSocket[]): Promise<void> {
  const { hash } = await world.mine(1_000);
  for (const socket of sockets) {
    await until("the block", () => socket.of(ACCEPTED).some(({ tx_id }) => tx_id === hash));
  }
}

/** What was told of addresses: the vertices by their first digits. */
export function histories(socket: ClientSocket): string[] {
  return socket.of(HISTORY).map(({ address, history }) => {
    return `${address.slice(0, 6)} ${history.tx_id.slice(0, 6)}`;
  });
}
