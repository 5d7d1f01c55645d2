import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { Outbox, type SentAfter } from "../../../src/server/threads/outbox.ts";

/** What is posted of two messages, the second a few promises later: before the turn is over, and after it. */
async function posted(sent: SentAfter): Promise<readonly [number, unknown]> {
  // As after a commit, all that follows is brought about by a promise.
  await undefined;
  const posts: unknown[] = [];
  const mailbox = { postMessage: (messages: unknown) => void posts.push(messages) };
  const outbox = new Outbox<string>(mailbox, sent, () => {});
  const { promise: before, resolve } = Promise.withResolvers<number>();
  setImmediate(() => resolve(posts.length));
  outbox.push("commit");
  for (let step = 0; step < 5; step++) await undefined;
  outbox.push("answer");
  const early = await before;
  await new Promise<void>((resolve) => setImmediate(resolve));
  return [early, posts];
}

Deno.test("what one commit brings about goes to another thread in one message, within the turn", async () => {
  assertEquals(await posted("promises"), [1, [["commit", "answer"]]]);
});

Deno.test("what many clients ask for in a turn goes to another thread in one message, after it", async () => {
  assertEquals(await posted("turn"), [0, [["commit", "answer"]]]);
});
