import { assert, assertEquals } from "@std/assert";
import { recorded } from "../support/recordings.ts";
import { replay } from "../support/replayed.ts";
import { nodeAccount } from "../support/wallet_keys.ts";

// What is not compared, as it cannot be the same: hashes and nonces, which follow from signatures
// (the vertices are likenesses, see `likeness.ts`); the time of an event and of figures; `peer_id`,
// `stream_id` and `latest_event_id`; the order of hashes in sets, of changes of equal vertices'
// timestamps, and of what different addresses hear, as the real node has none; the ids of events,
// which are their places here; and the mining socket, which has tests of its own. Everything else is,
// to the character, and what the real node tells otherwise is put right below.

Deno.test("the end of the live recording: the same events, broadcasts and histories", async () => {
  const before = recorded("live", "vertices").map(String);
  const subscribe = recorded("live", "addresses").map((address) => (
    JSON.stringify({ type: "subscribe_address", address })
  ));
  const { ours, theirs } = await replay("live_end", { before, lastAck: 22, subscribe });
  // After the acknowledgement of event 33 the real node sends the two after it again.
  const again = theirs.events.splice(-4, 2);
  assertEquals(again, theirs.events.slice(-4, -2));
  assertEquals(ours, theirs);
});

Deno.test("a mempool that a longer chain voids, and the node's wallet in it: as recorded", async () => {
  const wallet = { xpub: nodeAccount.publicExtendedKey };
  const { ours, theirs } = await replay("mempool", { wallet });
  assert(theirs.broadcasts.some((text) => text.includes("wallet:history_updated")));
  assertEquals(ours, theirs);
});

Deno.test("a transaction that a longer chain removes: as recorded, but that it is counted no more", async () => {
  const { ours, theirs } = await replay("removal", { rewardBlocks: 3 });
  const counted = '{"transactions":3,"blocks":7';
  const found = theirs.broadcasts.filter((text) => text.startsWith(counted));
  assertEquals(found.length, 2);
  const broadcasts = theirs.broadcasts.map((text) => (
    text.replace(counted, '{"transactions":2,"blocks":7')
  ));
  assertEquals(ours, { ...theirs, broadcasts });
});

Deno.test("a double spend that the branch with more work wins: as recorded", async () => {
  const { ours, theirs } = await replay("double_spend");
  assertEquals(atOnce(ours.events), atOnce(theirs.events));
  const broadcasts = theirs.broadcasts.map((text) => (
    AT_ONCE.some((hash) => text.startsWith(`{"tx_id":"${hash}`)) ? asVoided(text) : text
  ));
  assertEquals(ours.broadcasts, broadcasts);
  const histories = Object.entries(theirs.histories).map(([subject, texts]) => {
    const hash = subject.split(" ")[1] ?? "";
    // Here each is told as it is after itself, before the next one comes.
    if (AT_ONCE.some((begin) => hash.startsWith(begin))) {
      return [subject, texts.toSpliced(1, 0, asVoided(texts[0] ?? ""))];
    }
    // And the first voids the loser, the next one confirms the winner.
    if (hash.startsWith("00000334")) return [subject, texts.toSpliced(2, 0, unspent(texts[0]))];
    return [subject, texts];
  });
  assertEquals(ours.histories, Object.fromEntries(histories));
});

function unspent(text = ""): string {
  return text.replace(/"spent_by":"\w+"/, '"spent_by":null');
}

function asVoided(text: string): string {
  return text.replace('"is_voided":false', '"is_voided":true');
}

/** Blocks that came to the real node at once. It tells of each as it is after the last of them. */
const AT_ONCE = ["6ce822d8", "697ac117"] as const;

/** Events without what such blocks change further on. */
function atOnce(events: readonly string[]): string[] {
  const isOf = (text: string, type: string, hash = "") =>
    text.includes(`"type":"${type}","data":{"hash":"${hash}`);
  const [first, last] = AT_ONCE;
  const begin = events.findIndex((text) => isOf(text, "VERTEX_METADATA_CHANGED", first));
  const end = events.findIndex((text) => isOf(text, "NEW_VERTEX_ACCEPTED", last));
  return events.map((text, index) => {
    if (index < begin || index > end) return text;
    return text.replace(/"voided_by":\[.*?\]/, "").replace(/"accumulated_weight":[^,]+/, "")
      .replace(/"accumulated_weight_raw":[^,]+/, "").replace(/"first_block":[^,]+/, "");
  });
}
