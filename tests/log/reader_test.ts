import { assert, assertEquals } from "@std/assert";
import { LARGE_PAGE_BYTES, PAGE_BYTES } from "../../src/kernel/limits.ts";
import { Follower } from "../../src/log/follower.ts";
import { LogReader } from "../../src/log/reader.ts";
import { event, withLog } from "../support/chains.ts";
import { memoryPlace } from "../support/stores.ts";

Deno.test("pages are large while few hold some, and who has come to the end holds none", async () => {
  const place = await memoryPlace();
  try {
    await withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let lot = 0; lot < 60; lot++) {
        await chain.append(Array.from({ length: 200 }, () => event("x".repeat(500))));
      }
      const reader = new LogReader(store);
      const head = await reader.head("c");
      assert(head !== undefined);
      let offset = (await reader.page("c", head, 0)).next;
      const sizeOfNext = async () => {
        const { batches, next } = await reader.page("c", head, offset);
        offset = next;
        return batches.reduce((sum, { record }) => sum + record.length, 0);
      };
      const leave = [reader.hold()];
      const large = await sizeOfNext();
      assert(large > LARGE_PAGE_BYTES / 2 && large < LARGE_PAGE_BYTES * 1.2, `${large} bytes`);
      while (leave.length < 40) leave.push(reader.hold());
      const small = await sizeOfNext();
      assert(small > PAGE_BYTES / 2 && small < PAGE_BYTES * 1.2, `${small} bytes`);
      for (const one of leave) one();
      // Whoever follows nothing looks at an event or some.
      assert(await sizeOfNext() < PAGE_BYTES * 1.2);

      let holders = 0;
      const hold = reader.hold.bind(reader);
      reader.hold = () => {
        holders++;
        const end = hold();
        return () => {
          holders--;
          end();
        };
      };
      const end = { head, next: head.next, failure: undefined, recent: () => undefined };
      const follow = (from: number) => new Follower(end, reader, "c", from, () => {}, () => {});
      const [one, other] = [follow(0), follow(head.next - 1)];
      await one.peek();
      assertEquals(holders, 1);
      await other.peek();
      assertEquals(holders, 2);
      // It reads on, and looks once more behind the last event.
      for (let batch = other.peek(); batch !== undefined; batch = other.peek()) {
        if (batch instanceof Promise) await batch;
        else other.offset = batch.next;
      }
      assertEquals(holders, 1);
      one.release();
      assertEquals(holders, 0);
      await one.peek();
      assertEquals(holders, 1);
      one.close();
      other.close();
      assertEquals(holders, 0);
    });
  } finally {
    await place.remove();
  }
});
