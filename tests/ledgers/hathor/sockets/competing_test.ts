import { assert, assertEquals } from "@std/assert";
import type { Told } from "../../../support/client_socket.ts";
import { recorded } from "../support/recordings.ts";
import { replay } from "../support/replayed.ts";
import { nodeAccount } from "../support/wallet_keys.ts";

// What is not compared, as it cannot be the same: hashes and nonces, which follow from signatures
// (the vertices are likenesses, see `likeness.ts`); the time of an event and of figures; `peer_id`,
// `stream_id` and `latest_event_id`; the order of hashes in sets, of changes of equal vertices'
// timestamps, and of what different addresses hear, as the real node has none; the ids of events,
// which are their places here; and the mining socket, which has tests of its own. An address hears
// of a new vertex before it has its place, and then again: here only then. Everything else is, to the
// character, and what the real node tells late or otherwise is put right below.

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

Deno.test("a double spend that the branch with more work wins: as recorded, but in time", async () => {
  const { ours, theirs } = await replay("double_spend");
  assertEquals(atOnce(ours.events), atOnce(inTime(theirs.events)));
  const broadcasts = theirs.broadcasts.map((text) => (
    AT_ONCE.some((hash) => text.startsWith(`{"tx_id":"${hash}`)) ? asVoided(text) : text
  ));
  assertEquals(ours.broadcasts, broadcasts);
  const histories = Object.entries(theirs.histories).map(([subject, texts]) => {
    const hash = subject.split(" ")[1] ?? "";
    // Here they are told first as they are when they come.
    if (AT_ONCE.some((begin) => hash.startsWith(begin))) {
      return [subject, [asVoided(texts[0] ?? ""), ...texts]];
    }
    // Between two blocks the real node tells that the winner is confirmed by none.
    if (hash.startsWith(WINNER)) return [subject, texts.toSpliced(1, 1)];
    // Here the first block of the other branch voids the loser, the next one confirms the winner.
    if (hash.startsWith("00000334")) return [subject, texts.toSpliced(2, 0, unspent(texts[0]))];
    return [subject, texts];
  });
  assertEquals(ours.histories, Object.fromEntries(histories));
});

const WINNER = "4a956b65";

function asVoided(text: string): string {
  return text.replace('"is_voided":false', '"is_voided":true');
}

function unspent(text = ""): string {
  return text.replace(/"spent_by":"\w+"/, '"spent_by":null');
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

/**
 * A best chain that a transaction has voided is told of at once, and not with the block after: the
 * block that is lost makes a group of its own, and those that take over make the next.
 */
function inTime(events: readonly string[]): string[] {
  const told: Told[] = events.map((text) => JSON.parse(text));
  const late = told.findIndex(({ event }) => event.type === "REORG_STARTED");
  const voided = told.findIndex(({ event: { data } }) => data.hash?.startsWith(AT_ONCE[1]));
  const finished = events.findLast((text) => text.includes("REORG_FINISHED")) ?? "";
  const { previous_best_block: lost, new_best_block: best, common_block: genesis } =
    told[late].event.data;
  const { parents: [common] } = told.find(({ event: { data } }) => data.hash === lost).event.data;
  const started = (from: string, to: string, over: string, group: number) => {
    const data = {
      reorg_size: 1,
      previous_best_block: from,
      new_best_block: to,
      common_block: over,
    };
    const { event, ...rest } = told[late];
    return JSON.stringify({ ...rest, event: { ...event, data, group_id: group } });
  };
  return [
    ...events.slice(0, voided),
    started(lost, common, common, 0),
    ...events.slice(voided, late - 1).map((text) => inGroup(text, 0)),
    finished,
    ...events.slice(late - 1, late),
    started(common, best, genesis, 1),
    ...events.slice(late + 1).map((text) => isInGroup(text) ? inGroup(text, 1) : text),
  ];
}

const GROUP = /"group_id":(?:null|\d+)/;

function isInGroup(text: string): boolean {
  return !text.includes('"group_id":null');
}

function inGroup(text: string, group: number): string {
  return text.replace(GROUP, `"group_id":${group}`);
}
