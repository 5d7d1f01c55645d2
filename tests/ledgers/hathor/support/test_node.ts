import type { SignatureWorkers } from "../../../../src/crypto/signature_workers.ts";
import type { VertexSource } from "../../../../src/ledgers/hathor/intake/accept.ts";
import type {
  AcceptedVertex,
  IntakeAnswer,
  RefusedVertex,
} from "../../../../src/ledgers/hathor/intake/answer.ts";
import { nodeRouter } from "../../../../src/ledgers/hathor/http/app.ts";
import { nodeHttpRoutes } from "../../../../src/ledgers/hathor/http/routes.ts";
import { Intake, type VertexTaker } from "../../../../src/ledgers/hathor/intake/intake.ts";
import {
  type HathorNode,
  type NodeContext,
  openNode,
} from "../../../../src/ledgers/hathor/intake/node.ts";
import { startNode } from "../../../../src/ledgers/hathor/intake/start.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { NodeQueries } from "../../../../src/ledgers/hathor/queries/node_queries.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { decodeVertex } from "../../../../src/ledgers/hathor/vertex/decode.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { Log } from "../../../../src/log/log.ts";
import type { LedgerApp } from "../../../../src/web/ledger.ts";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";

/** A node's intake and its queries, put together as the ledger does. */
export class TestNode extends NodeQueries {
  readonly intake: Intake;

  private constructor(node: HathorNode, signatures?: SignatureWorkers) {
    super(node);
    this.intake = new Intake(node, signatures);
  }

  static async open(
    { signatures, ...context }: NodeContext & { readonly signatures?: SignatureWorkers },
  ): Promise<TestNode> {
    return new TestNode(await openNode(context), signatures);
  }

  start(): Promise<void> {
    return startNode(this.node);
  }

  /** Takes a vertex in as it would come over the wire. */
  async acceptBytes(bytes: Uint8Array, source?: VertexSource): Promise<IntakeAnswer> {
    return await this.intake.accept(decodeVertex(bytes, this.network.maxVertexSize), source);
  }
}

/** Adds the routes of a node to an app, as it answers without keys. */
export function answerOverHttp(app: LedgerApp, queries: NodeQueries, intake: VertexTaker): void {
  const facts = {
    clock: systemClock,
    startedAt: 0,
    socketCounts: () => Promise.resolve({ connections: 0, addresses: 0 }),
  };
  const access = { isRequired: false, grantOf: () => undefined };
  nodeRouter({ access, chain: queries.chain.name, prefix: undefined })
    .add(["/v1a"], nodeHttpRoutes(queries, intake, facts))
    .mount(app);
}

/** Half an hour after the vertices of these tests begin. */
export const NOW = 1_795_310_000_000;

/** A started node on a log of its own, in memory. */
export async function withNode(
  network: Network,
  body: (node: TestNode, log: Log, clock: SteppedClock) => Promise<void>,
): Promise<void> {
  const clock = new SteppedClock(NOW);
  await inMemory(async (log) => {
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    await body(node, log, clock);
  }, { projectionOf: chainProjection, clock });
}

/** Takes a vertex in as it would come over the wire. */
export async function take(
  node: TestNode,
  vertex: Vertex,
  source?: VertexSource,
): Promise<AcceptedVertex> {
  const answer = await node.acceptBytes(encodeVertex(vertex), source);
  if (answer.isAccepted) return answer;
  throw new Error(`${vertex.hash} is refused: ${answer.code} ${answer.message}`);
}

/** Has a vertex refused. */
export async function refuse(
  node: TestNode,
  vertex: Vertex,
  source?: VertexSource,
): Promise<RefusedVertex> {
  const answer = await node.acceptBytes(encodeVertex(vertex), source);
  if (!answer.isAccepted) return answer;
  throw new Error(`${vertex.hash} is taken`);
}

/** Hashes of the vertices that the events of an accepted vertex say are removed. */
export async function removedBy(
  node: TestNode,
  { first, next }: AcceptedVertex,
): Promise<string[]> {
  const events = await node.chain.read(first, next - first);
  return events.filter(({ type }) => type === EventType.vertexRemoved)
    .map((event) => readVertexEvent(event).hash);
}
