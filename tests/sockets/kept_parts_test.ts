import { assertEquals } from "@std/assert";
import { BatchParts } from "../../src/sockets/batch_parts.ts";
import { KeptParts } from "../../src/sockets/kept_parts.ts";

Deno.test("of all that batches keep, what was made first is made anew once it is too much", async () => {
  const all = new KeptParts(250);
  let made = 0;
  const batches = Array.from({ length: 3 }, (_, at) => {
    const part = { chars: 100 };
    const make = () => (made++, at === 1 ? Promise.resolve(part) : part);
    return new BatchParts(64, make, all);
  });
  for (const batch of batches) await batch.partAt(0);
  assertEquals(made, 3);
  await batches[1]?.partAt(0);
  await batches[2]?.partAt(0);
  assertEquals(made, 3);
  await batches[0]?.partAt(0);
  assertEquals(made, 4);
  // One that is larger than all together is kept as long as it is the last.
  const large = new BatchParts(64, () => (made++, { chars: 1_000 }), all);
  large.partAt(0);
  large.partAt(0);
  assertEquals(made, 5);
});
