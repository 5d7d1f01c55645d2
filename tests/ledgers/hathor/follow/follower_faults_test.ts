import { assert, assertEquals } from "@std/assert";
import type { MessageFault, ScriptedNode } from "../support/scripted_node.ts";
import { FollowerWorld } from "../support/follower_world.ts";
import { type Story, storyOf, tellerOf } from "../support/told_story.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MuteProxy } from "../../../support/mute_proxy.ts";
import { Prng } from "../../../support/prng.ts";
import { until } from "../../../support/until.ts";

const story = storyOf(11, 60);

/** Runs `body` with a node that tells a story, and what follows it. */
async function withFollower(
  body: (node: ScriptedNode, follower: FollowerWorld, told: Story) => Promise<void>,
  count?: number,
): Promise<void> {
  const told = await story;
  const node = tellerOf(told, count);
  const follower = await FollowerWorld.open(told.network, node.origin);
  try {
    await body(node, follower, told);
  } finally {
    await follower.close();
    await node.close();
  }
}

/** A fault that befalls one event, once. */
function once(id: number, fault: MessageFault): MessageFault {
  let isDone = false;
  return (message, at) => {
    if (at !== id || isDone) return [message];
    isDone = true;
    return fault(message, at);
  };
}

const FAULTS: Readonly<Record<string, { readonly fault: MessageFault; readonly code?: string }>> = {
  "an event that comes twice": { fault: (message) => [message, message] },
  "an event that is left out": { fault: () => [], code: "remote_invalid" },
  "a connection that is cut": { fault: () => "cut" },
  "what is no JSON": { fault: (message) => [message.slice(0, -9)], code: "remote_invalid" },
  "an event of another stream": {
    fault: (message) => [message.replace(/"stream_id":"[^"]*"/, '"stream_id":"other"')],
    code: "remote_invalid",
  },
  "a vertex whose hash is none": {
    fault: (message) => [message.replaceAll(/"hash":"\w*"/g, '"hash":"00"')],
    code: "remote_invalid",
  },
};

for (const [what, { fault, code }] of Object.entries(FAULTS)) {
  Deno.test(`${what} leaves nothing out and nothing twice`, async () => {
    await withFollower(async (node, follower, { events }) => {
      const at = events.findIndex((text, id) => id > 40 && text.includes('"hash"'));
      node.fault = once(at, fault);
      follower.followed.start();
      await follower.reach(events.length, { despite: code });
      assertEquals(await follower.eventTexts(), events);
      const { refused, state } = follower.followed.report;
      assertEquals(state, "following");
      assertEquals([...refused.keys()], code === undefined ? [] : [code]);
    });
  });
}

Deno.test("windows are filled, and nothing is sent twice but what is here already", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(events.length);
    assertEquals(node.connections, 1);
    assertEquals(follower.followed.report.repeated, 0);
    assertEquals(node.widest, events.length);
    // What is known whole is not asked for, and nothing twice.
    assertEquals(new Set(node.asked).size, node.asked.length);
  });
});

Deno.test("a node that begins another life ends following, and what is here stays", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(events.length);
    node.streamId = crypto.randomUUID();
    node.drop();
    await until("it stopped", () => follower.followed.report.state === "stopped");
    assertEquals(follower.followed.report.code, "remote_new_life");
    assertEquals(await follower.eventTexts(), events);
  });
});

Deno.test("a node that has lost events ends following, and what is here stays", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(events.length);
    node.events = node.events.slice(0, -1);
    node.drop();
    await until("it stopped", () => follower.followed.report.state === "stopped");
    assertEquals(follower.followed.report.code, "remote_new_life");
    assertEquals(await follower.eventTexts(), events);
  });
});

Deno.test("a node of another network, or with another genesis, is not followed", async () => {
  const changes = [{ network: "mainnet" }, { genesis: "0".repeat(64) }];
  for (const change of changes) {
    await withFollower(async (node, follower) => {
      Object.assign(node, change);
      follower.followed.start();
      await until("it stopped", () => follower.followed.report.state === "stopped");
      assertEquals(follower.followed.report.code, "network_differs");
      assertEquals(await follower.eventTexts(), []);
    });
  }
});

Deno.test("a node that keeps no events is away with the reason, and followed once it keeps them", async () => {
  await withFollower(async (node, follower) => {
    node.hasQueue = false;
    follower.followed.start();
    await until("it is refused", () => follower.followed.report.code === "remote_refused");
    assertEquals(follower.followed.report.state, "away");
    assertEquals(node.connections, 0);
    node.hasQueue = true;
    await follower.reach(50);
    assertEquals(follower.followed.report.state, "following");
  });
});

Deno.test("a node whose last event is another than here is not followed on", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(50);
    node.events = node.events.with(
      49,
      (events[49] ?? "").replace(/"timestamp":[\d.]+/, '"timestamp":1.5'),
    );
    node.drop();
    await until("it is refused", () => follower.followed.report.refusedLines.size > 0);
    assertEquals([...follower.followed.report.refusedLines.values()], ["chain_differs"]);
    assertEquals(await follower.eventTexts(), events.slice(0, 50));
  }, 50);
});

Deno.test("a reset begins anew with whatever node there is", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(events.length);
    await follower.followed.stop();
    node.streamId = crypto.randomUUID();
    assertEquals(await follower.followed.reset(), 1);
    assertEquals(await follower.eventTexts(), []);
    const again = await FollowerWorld.of(follower, node.origin);
    again.followed.start();
    await again.reach(events.length);
    assertEquals(await again.eventTexts(), events);
    assertEquals((await again.queries.identity()).streamId, node.streamId);
    await again.followed.stop();
  });
});

Deno.test("the follower waits for a node that is away, and goes on when it is back", async () => {
  await withFollower(async (node, follower, { events }) => {
    follower.followed.start();
    await follower.reach(30);
    for (let count = 30; count < events.length; count += 40) {
      node.drop();
      node.push(...events.slice(count, count + 40));
      await follower.reach(Math.min(events.length, count + 40));
    }
    assertEquals(await follower.eventTexts(), events);
    assert(follower.followed.report.reconnects > 0);
    // Each connection begins with the last that is here.
    assert(node.begun.slice(1).every((from) => from >= 28));
  }, 30);
});

Deno.test("a connection that is cut anywhere, amid frames too, leaves nothing out and nothing twice", async () => {
  const { network, events, ...told } = await story;
  const node = tellerOf({ network, events, ...told }, 0);
  const prng = new Prng(3);
  const road = new MuteProxy(node.port);
  road.cutAfter = () => 30_000 + prng.below(60_000);
  const follower = await FollowerWorld.open(network, `http://127.0.0.1:${road.port}`);
  try {
    follower.followed.start();
    for (let count = 0; count < events.length; count = node.events.length) {
      node.push(...events.slice(count, count + 10));
      await follower.reach(node.events.length);
    }
    assert(node.connections > 3);
    assertEquals(await follower.eventTexts(), events);
    assertEquals([...follower.followed.report.refused.keys()], []);
  } finally {
    await follower.close();
    road.close();
    await node.close();
  }
});

Deno.test("a node that answers for its vertices late, and in any order, changes nothing", async () => {
  await withFollower(async (node, follower, { events }) => {
    const prng = new Prng(4);
    node.beforeVertex = () => new Promise((resolve) => setTimeout(resolve, prng.below(30)));
    follower.followed.start();
    await follower.reach(events.length);
    assertEquals(await follower.eventTexts(), events);
    assert(node.asked.length > 0);
  });
});

Deno.test("a node that has events and tells none is given up, and asked anew", async () => {
  const { network, events, ...told } = await story;
  const node = tellerOf({ network, events, ...told }, 50);
  const clock = new FakeClock();
  const follower = await FollowerWorld.open(network, node.origin, undefined, clock);
  try {
    follower.followed.start();
    await follower.reach(50);
    node.isSilent = true;
    node.push(...events.slice(50));
    const connections = node.connections;
    await until("it is away", () => {
      if (follower.followed.report.state === "following") clock.advance(5_000);
      return follower.followed.report.state === "away";
    });
    assertEquals(follower.followed.report.code, "remote_away");
    assertEquals(await follower.queries.nextEventId(), 50);
    node.isSilent = false;
    await until("it is asked anew", () => {
      clock.advance(100);
      return node.connections > connections;
    });
    await follower.reach(events.length);
    assertEquals(await follower.eventTexts(), events);
  } finally {
    await follower.close();
    await node.close();
  }
});
