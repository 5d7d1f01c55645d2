import { parentPort, threadId } from "node:worker_threads";
import { mailboxOf, runFront } from "../../../src/server/front.ts";

/** Where a test says that whoever is late may begin. */
export const LATE = "ledgerline-test-late";

// The program's own front, of which one of three begins when it is told to.
if (parentPort !== null && threadId > 0) {
  const coming = mailboxOf(parentPort);
  runFront(threadId % 3 === 0 ? coming.then(afterWord) : coming);
}

function afterWord(mailbox: MessagePort): Promise<MessagePort> {
  const channel = new BroadcastChannel(LATE);
  return new Promise((resolve) => {
    channel.onmessage = () => {
      channel.close();
      resolve(mailbox);
    };
  });
}
