import type { VertexSource } from "../../../../src/ledgers/hathor/intake/accept.ts";
import type { IntakeAnswer } from "../../../../src/ledgers/hathor/intake/answer.ts";
import { Intake } from "../../../../src/ledgers/hathor/intake/intake.ts";
import type { HathorNode } from "../../../../src/ledgers/hathor/intake/node.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";

/** An intake that waits before a vertex has its turn, and before it answers. */
export class SlowIntake extends Intake {
  constructor(
    node: HathorNode,
    private readonly waits: {
      readonly before?: (vertex: Vertex) => Promise<void> | undefined;
      readonly after?: (vertex: Vertex, answer: IntakeAnswer) => Promise<void> | undefined;
    },
  ) {
    super(node);
  }

  override async accept(vertex: Vertex, source?: VertexSource): Promise<IntakeAnswer> {
    await this.waits.before?.(vertex);
    const answer = await super.accept(vertex, source);
    await this.waits.after?.(vertex, answer);
    return answer;
  }
}
