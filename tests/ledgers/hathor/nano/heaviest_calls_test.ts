import { assertEquals } from "@std/assert";
import { Contracts } from "../../../../src/ledgers/hathor/nano/contracts.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { pythonTest } from "../../../support/programs.ts";
import { within } from "../../../support/until.ts";
import { testNetwork } from "../support/builder.ts";
import { ContractWorld } from "../support/contract_world.ts";
import { ROOMY } from "../support/engines.ts";
import { TestNode } from "../support/test_node.ts";

const HEAVY = `
from hathor import Blueprint, Context, NCFail, export, public

@export
class Heavy(Blueprint):
    texts: dict[int, str]

    @public
    def initialize(self, ctx: Context) -> None:
        self.texts = {}

    @public
    def write(self, ctx: Context, seed: int) -> None:
        for at in range(7):
            self.texts[at] = str(seed) * 60_000
        self.log.info('"' * 100_000)

    @public
    def complain(self, ctx: Context) -> None:
        self.log.info('"' * 400_000)
        raise NCFail('"' * 3_000_000)
`;

const network = testNetwork();

pythonTest(
  "a block is taken whatever the calls have written, told and complained that it confirms",
  [
    "hathorlib",
  ],
  async (python) => {
    const clock = new SteppedClock(0);
    const contracts = new Contracts({ python, network, clock }, ROOMY);
    try {
      await inMemory(async (log) => {
        const node = await TestNode.open({ log, clock, network, contracts });
        const world = new ContractWorld(node, network, clock);
        await world.node.start();
        const blueprint = await world.blueprint(HEAVY);
        await world.confirm();
        const first = { contract: blueprint.hash, method: "initialize", caller: 1, sequence: 0 };
        const { hash: contract } = await world.call(first);
        await world.confirm();
        // By itself a call has as few events to be carried by as there can be.
        const write = { contract, method: "write", caller: 2 };
        const alone = await world.call({ ...write, sequence: 0, arguments: [1, 1] });
        await world.confirm();
        assertEquals(await world.stateOf(alone), "success");
        const calls: Vertex[] = [];
        for (let sequence = 1; sequence < 10; sequence++) {
          calls.push(await world.call({ ...write, sequence, arguments: [1, sequence] }));
          calls.push(await world.call({ contract, method: "complain", caller: 3, sequence }));
        }
        await world.confirm();
        const states = await Promise.all(calls.map((call) => world.stateOf(call)));
        assertEquals(new Set(states), new Set(["success", "failure"]));
      }, { projectionOf: chainProjection, clock });
    } finally {
      await within("the processes end", contracts.close());
    }
  },
);
