import { assertEquals, assertMatch } from "@std/assert";
import { FAMILY } from "../ledgers/shared_bigchaindb/followed.ts";
import { alice } from "../ledgers/shared_bigchaindb/with_node.ts";
import { LedgerApi } from "../ledgers/shared_bigchaindb/ledger_api.ts";
import { withServer } from "../support/in_process.ts";
import { OnceHeldRoad } from "../support/once_held_road.ts";
import { until, within } from "../support/until.ts";

/** What is sent to a gateway of each ledger, and to a mirror. */
const SENT = [
  ...FAMILY.map(({ name }) => ({
    name,
    follow: `${name}-follow`,
    base: `/${name}`,
    path: `/${name}/api/v1/transactions?mode=commit`,
    away: /"message"/,
  })),
  {
    name: "hierachain",
    follow: "hierachain-follow",
    base: "/hierachain",
    path: "/hierachain/api/ledger/chains/c/create",
    away: /"message"/,
  },
  {
    name: "mirror",
    follow: "follow",
    base: "",
    path: "/v1/stream/s",
    away: /"code":"remote_away"/,
  },
] as const;

for (const { name, follow, base, path, away } of SENT) {
  Deno.test(`${name}: a client that goes away is not asked for any more, and one whose node dies hears that nothing is known`, async () => {
    await withServer(async ({ main: node }) => {
      const road = await OnceHeldRoad.open(node + base);
      try {
        await withServer(async ({ main }) => {
          const left = new AbortController();
          const init = { method: "POST", body: "{}" };
          const asked = fetch(main + path, { ...init, signal: left.signal });
          asked.catch(() => {});
          const held = await until("the node is asked", () => road.held.at(-1));
          left.abort();
          await until("nobody asks it any more", () => held.isLeft);
          const count = road.held.length;
          const again = fetch(main + path, init);
          await until("the node is asked again", () => road.held.length > count);
          road.cut();
          const answer = await within("an answer", again);
          assertEquals(answer.status, 503);
          assertMatch(await answer.text(), away);
          // It was sent once, and by nobody again.
          assertEquals(road.held.length, count + 1);
        }, { flags: [`--${follow}=${road.origin}`] });
      } finally {
        road.close();
      }
    });
  });

  Deno.test(`${name}: a body that never ends keeps nobody but who sends it, and one that is too large goes nowhere`, async () => {
    await withServer(async ({ main: node }) => {
      const road = await OnceHeldRoad.open(node + base);
      try {
        await withServer(async ({ main }) => {
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
          const writer = writable.getWriter();
          const endless = fetch(main + path, { method: "POST", body: readable });
          endless.catch(() => {});
          await writer.write(new TextEncoder().encode("{"));
          const large = await fetch(main + path, {
            method: "POST",
            body: new Uint8Array(1024 * 1024 + 1),
          });
          await large.body?.cancel();
          assertEquals([large.status, road.held.length], [413, 0]);
          await writer.abort();
        }, { flags: [`--${follow}=${road.origin}`] });
      } finally {
        road.close();
      }
    });
  });
}

for (const family of FAMILY) {
  Deno.test(`${family.name}: what a client was not answered may be there, and sent again is not there twice`, async () => {
    await withServer(async ({ main: there }) => {
      const node = `${there}/${family.name}`;
      const road = await OnceHeldRoad.open(node, "lost");
      try {
        await withServer(async ({ main }) => {
          const made = family.create(alice, "first-0");
          const gateway = new LedgerApi(`${main}/${family.name}`);
          assertEquals((await gateway.post(made)).status, 503);
          road.mode = "open";
          const { status, body } = await gateway.post(made);
          assertEquals(status, 400, body);
          assertMatch(body, /already exists/);
        }, { flags: [`--${family.name}-follow=${road.origin}`] });
      } finally {
        road.close();
      }
    });
  });
}
