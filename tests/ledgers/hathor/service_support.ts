import type { Network } from "../../../src/ledgers/hathor/networks/network.ts";
import { EventType } from "../../../src/ledgers/hathor/names.ts";
import { HathorService } from "../../../src/ledgers/hathor/service.ts";
import { readVertexEvent } from "../../../src/ledgers/hathor/state/events.ts";
import type { Accepted, Refused } from "../../../src/ledgers/hathor/state/answer.ts";
import type { Source } from "../../../src/ledgers/hathor/state/accept.ts";
import { encodeVertex } from "../../../src/ledgers/hathor/vertex/encode.ts";
import type { Vertex } from "../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../src/log/log.ts";
import { projectionOf } from "../../../src/server/projections.ts";
import { inMemory } from "../../support/chains.ts";
import { SteppedClock } from "../../support/fake_clock.ts";

/** Half an hour after the vertices of these tests begin. */
export const NOW = 1_795_310_000_000;

/** A started service on a log of its own, in memory. */
export async function withService(
  network: Network,
  body: (service: HathorService, log: Log, clock: SteppedClock) => Promise<void>,
): Promise<void> {
  const clock = new SteppedClock(NOW);
  await inMemory(async (log) => {
    const service = await HathorService.open({ log, clock, network });
    await service.start();
    await body(service, log, clock);
  }, { projectionOf, clock });
}

/** Takes a vertex in as it would come over the wire. */
export async function take(
  service: HathorService,
  vertex: Vertex,
  source?: Source,
): Promise<Accepted> {
  const answer = await service.acceptBytes(encodeVertex(vertex), source);
  if (answer.isAccepted) return answer;
  throw new Error(`${vertex.hash} is refused: ${answer.code} ${answer.message}`);
}

/** Has a vertex refused. */
export async function refuse(
  service: HathorService,
  vertex: Vertex,
  source?: Source,
): Promise<Refused> {
  const answer = await service.acceptBytes(encodeVertex(vertex), source);
  if (!answer.isAccepted) return answer;
  throw new Error(`${vertex.hash} is taken`);
}

/** Hashes of the vertices that the events of an accepted vertex say are removed. */
export async function removedBy(
  service: HathorService,
  { first, next }: Accepted,
): Promise<string[]> {
  const events = await service.chain.read(first, next - first);
  return events.filter(({ type }) => type === EventType.vertexRemoved)
    .map((event) => readVertexEvent(event).hash);
}
