import { assertEquals } from "@std/assert";
import { atOnce } from "../../../../src/kernel/steps.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { bigchaindbDialect } from "../../../../src/ledgers/bigchaindb/dialect.ts";
import { nodeAnswer } from "../../../../src/ledgers/shared_bigchaindb/follow/node_answer.ts";
import type { BigchainService } from "../../../../src/ledgers/shared_bigchaindb/chain/service.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until, within } from "../../../support/until.ts";
import { Person } from "../builder.ts";
import { create, idOf } from "../ledger_api.ts";
import { withService } from "../with_service.ts";

const made = create(new Person("alice"), { n: 1 });

/** Waits for the answer to a transaction as a client does that asks for `mode=commit`. */
function answered({ chain }: BigchainService, clock: FakeClock): Promise<Response> {
  const url = "http://here/api/v1/transactions?mode=commit";
  const answer = new Response(JSON.stringify({ id: idOf(made) }), { status: 202 });
  return nodeAnswer(chain, clock, new Request(url, { method: "POST" }), answer);
}

async function onService(body: (service: BigchainService) => Promise<void>): Promise<void> {
  const store = await openStore(":memory:");
  await withService(store, bigchaindbDialect, body);
  store.close();
}

Deno.test("an answer to mode=commit comes when its block does, without looking again and again", async () => {
  await onService(async (service) => {
    const clock = new FakeClock();
    const coming = answered(service, clock);
    await until("it waits", () => clock.waiting > 0);
    assertEquals(clock.waiting, 1);
    await service.submit(atOnce(bigchaindbDialect.parsing(made)));
    assertEquals((await within("the answer", coming)).status, 202);
    assertEquals([clock.waiting, (await answered(service, clock)).status], [0, 202]);
  });
});

Deno.test("an answer to mode=commit does not wait for ever for a block that does not come", async () => {
  await onService(async (service) => {
    const clock = new FakeClock();
    const coming = answered(service, clock);
    await until("it waits", () => clock.waiting > 0);
    clock.advance(2_000);
    assertEquals((await within("the answer", coming)).status, 202);
  });
});
