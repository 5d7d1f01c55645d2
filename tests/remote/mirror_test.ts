import { assert, assertEquals } from "@std/assert";
import { EVENT_PATH, start } from "../ledgers/hathor/support/event_client.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withFolder } from "../support/server.ts";
import { withServer } from "../support/in_process.ts";
import { assertMirrored, copiedHeads, remoteOf } from "../support/mirrors.ts";
import { appendText, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** Runs `body` with a server and one that follows it, both in memory. */
async function withMirror(
  body: (remote: string, mirror: string) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  await withServer(async ({ main: remote }) => {
    await withServer(({ main: mirror }) => body(remote, mirror), {
      flags: [`--follow=${remote}`, ...flags],
    });
  });
}

Deno.test("a mirror has every chain of its remote, to the byte, and goes on live", async () => {
  await withServer(async ({ main: remote, api }) => {
    const streams = new StreamsApi(remote);
    await streams.create("before");
    for (let n = 0; n < 20; n++) await streams.append("before", { n });
    await api.create("c");
    await api.append("c", { entity_id: "E-1", event_type: "t" });
    await withServer(async ({ main: mirror }) => {
      await assertMirrored(remote, mirror);
      await streams.create("after");
      for (let n = 0; n < 20; n++) await streams.append("after", { n });
      await api.append("c", { entity_id: "E-2", event_type: "t" });
      await assertMirrored(remote, mirror);
      const read = await new StreamsApi(mirror).get("after?offset=-1");
      assertEquals(read.text, (await streams.get("after?offset=-1")).text);
      assertEquals(read.next, (await streams.get("after?offset=-1")).next);
    }, { flags: [`--follow=${remote}`] });
  });
});

Deno.test("what a client has sent to a mirror it finds there, as soon as it has its answer", async () => {
  await withMirror(async (remote, mirror) => {
    await assertMirrored(remote, mirror);
    const streams = new StreamsApi(mirror);
    for (let n = 0; n < 20; n++) {
      const name = `s-${n}`;
      await streams.create(name);
      const next = await streams.append(name, { n });
      const read = await streams.get(`${name}?offset=-1`);
      assertEquals([read.text, read.next], [`[{"n":${n}}]`, next]);
    }
    const producer = { "producer-id": "p", "producer-epoch": "0", "producer-seq": "0" };
    const body = "1";
    const closing = { ...producer, "stream-closed": "true" };
    for (const status of [200, 204]) {
      const answer = await streams.send("POST", "s-0", { headers: closing, body });
      assertEquals(answer.status, status);
      assertEquals((await streams.get("s-0?offset=now")).headers.get("stream-closed"), "true");
    }
    await streams.send("DELETE", "s-1");
  });
});

Deno.test("an answer does not wait for what is not copied", async () => {
  await withMirror(async (remote, mirror) => {
    const streams = new StreamsApi(mirror);
    await streams.create("other");
    await streams.append("other", 1);
    assertEquals((await new StreamsApi(remote).get("other?offset=-1")).text, "[1]");
    assertEquals((await streams.get("other?offset=-1")).status, 404);
  }, ["--follow-chains=streams/a*"]);
});

Deno.test("a mirror tells the node of its remote, as does a mirror of that, and also while that is away", async () => {
  const nodeOf = async (origin: string) => {
    const answer = await fetch(`${origin}/hathor/v1a/status`);
    const { server } = JSON.parse(await answer.text());
    const socket = await ClientSocket.open(`${origin}/hathor`, EVENT_PATH);
    socket.send(start(1));
    const [event] = await until("an event", () => {
      const events = socket.of("EVENT");
      return events.length > 0 && events;
    });
    await socket.close();
    return [server?.id, event?.peer_id, event?.stream_id, event?.event];
  };
  await withFolder(async (folder) => {
    const flags = (
      name: string,
      follow: string,
    ) => [`--store=${folder}/${name}`, `--follow=${follow}`];
    let told: unknown[] = [];
    let gone = "";
    await withServer(async ({ main: remote }) => {
      gone = remote;
      told = await nodeOf(remote);
      assert(told.every((each) => each !== undefined), JSON.stringify(told));
      await withServer(async ({ main: mirror }) => {
        await withServer(async ({ main: second }) => {
          await assertMirrored(remote, mirror);
          await assertMirrored(mirror, second);
          assertEquals(await nodeOf(mirror), told);
          assertEquals(await nodeOf(second), told);
        }, { flags: flags("second.db", mirror) });
      }, { flags: flags("first.db", remote) });
    });
    await withServer(async ({ main }) => assertEquals(await nodeOf(main), told), {
      flags: flags("first.db", gone),
    });
    // Who is a mirror no more is another node.
    await withServer(async ({ main }) => {
      const [, peer, stream] = await nodeOf(main);
      assertEquals([peer === told[1], stream === told[2]], [false, false]);
    }, { flags: [`--store=${folder}/first.db`] });
  });
});

Deno.test("what a client sends to a mirror is answered by the remote, and seen when it comes back", async () => {
  await withMirror(async (remote, mirror) => {
    const streams = new StreamsApi(mirror);
    await streams.create("s");
    const next = await streams.append("s", { n: 1 });
    await until("it is here", async () => (await streams.get("s?offset=-1")).next === next);
    assertEquals(
      (await streams.get("s?offset=-1")).text,
      (await new StreamsApi(remote).get("s?offset=-1")).text,
    );
    const refused = await streams.send("POST", "s", { body: "{" });
    assertEquals(refused.status, 400);
    await assertMirrored(remote, mirror);
  });
});

Deno.test("an append over a socket of a mirror is done under the conditions that its client has set", async () => {
  await withMirror(async (remote, mirror) => {
    const streams = new StreamsApi(remote);
    for (const name of ["s", "é, b/c"]) await streams.create(encodeURI(name));
    const end = await streams.append(encodeURI("é, b/c"), 1);
    await assertMirrored(remote, mirror);
    const socket = await streamSocket(mirror, "s", "?offset=none");
    await socket.next();
    for (
      const [conditions, code, told] of [
        [{ elsewhere: { "é, b/c": "-1" } }, "elsewhere_mismatch", ["é, b/c", end]],
        [{ elsewhere: { nowhere: "-1" } }, "elsewhere_missing", [undefined, undefined]],
        [{ elsewhere: { s: "-1" } }, "elsewhere_invalid", [undefined, undefined]],
      ] as const
    ) {
      const refused = await socket.ask(appendText(conditions, "1"));
      assertEquals([refused.code, refused.stream, refused.offset], [code, ...told]);
    }
    const good = [{ elsewhere: { "é, b/c": end }, after: "-1" }, { elsewhere: {} }];
    for (const conditions of good) {
      assertEquals((await socket.ask(appendText(conditions, "2"))).type, "appended");
    }
    assertEquals((await socket.ask(appendText({ after: "-1" }, "3"))).code, "offset_mismatch");
    await socket.close();
    assertEquals((await streams.get("s?offset=-1")).text, "[2,2]");
  });
});

Deno.test("ledgers' own APIs answer on a mirror as on its remote", async () => {
  await withMirror(async (remote, mirror) => {
    await assertMirrored(remote, mirror);
    const paths = [
      "/hathor/v1a/block_at_height?height=0",
      "/hathor/v1a/status",
      "/hathor/v1a/event?size=3",
      "/bigchaindb/api/v1/blocks/latest",
      "/planetmint/api/v1/validators",
      "/hierachain/api/ledger/chains",
    ];
    for (const path of paths) {
      const [there, here] = await Promise.all(
        [remote, mirror].map((origin) => fetch(origin + path)),
      );
      const text = await here?.text();
      assertEquals([here?.status, path], [there?.status, path], text);
      await there?.body?.cancel();
    }
    assert((await copiedHeads(mirror)).size > 0);
    assertEquals((await remoteOf(mirror)).state, "following");
  });
});
