import { assert, assertEquals, assertMatch } from "@std/assert";
import { FaultyRemote } from "../support/faulty_remote.ts";
import { withServer } from "../support/in_process.ts";
import { assertMirrored, copiedHeads, remoteOf } from "../support/mirrors.ts";
import { withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** Runs `body` with a server, a road to it, and a mirror at the end of that. */
async function withRoad(
  body: (at: { remote: string; mirror: string; road: FaultyRemote }) => Promise<void>,
): Promise<void> {
  await withServer(async ({ main: remote }) => {
    const road = new FaultyRemote(remote);
    try {
      await withServer(({ main: mirror }) => body({ remote, mirror, road }), {
        flags: [`--follow=${road.origin}`],
      });
    } finally {
      await road.close();
    }
  });
}

async function appendAll(streams: StreamsApi, path: string, from: number, to: number) {
  for (let n = from; n < to; n++) await streams.append(path, { n, text: "é".repeat(n) });
}

Deno.test("a mirror whose connection is cut amid a frame goes on where it was, each event once", async () => {
  await withRoad(async ({ remote, mirror, road }) => {
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await assertMirrored(remote, mirror);
    for (let round = 0; round < 5; round++) {
      let isCut = false;
      road.fault = (frame) => {
        if (isCut || frame.head.kind !== "commit") return [frame];
        isCut = true;
        return "cut";
      };
      await appendAll(streams, "s", round * 10, round * 10 + 10);
      await until("it was cut", () => isCut);
      await assertMirrored(remote, mirror);
    }
    assert(road.connections >= 6);
  });
});

Deno.test("what a remote tells twice is taken once", async () => {
  await withRoad(async ({ remote, mirror, road }) => {
    road.fault = (frame) => frame.head.kind === "life" ? [frame] : [frame, frame, frame];
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await appendAll(streams, "s", 0, 50);
    await assertMirrored(remote, mirror);
    assertEquals((await remoteOf(mirror)).state, "following");
  });
});

Deno.test("a gap in what a remote tells is refused, and filled when it is asked again", async () => {
  await withRoad(async ({ remote, mirror, road }) => {
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await assertMirrored(remote, mirror);
    const before = road.connections;
    let dropped = 0;
    road.fault = (frame) => frame.head.kind === "commit" && dropped++ === 0 ? [] : [frame];
    // What is missing is noticed by what comes after it.
    for (let n = 0; road.connections === before; n++) await streams.append("s", n);
    await assertMirrored(remote, mirror);
    const metrics = await (await fetch(`${mirror}/metrics`)).text();
    assert(
      /ledger_remote_refused_total\{[^}]*remote_invalid[^}]*\} \d/.test(metrics),
      metrics.split("\n").filter((line) => line.includes("remote")).join("\n"),
    );
  });
});

Deno.test("a flipped bit in what a remote tells is not taken", async () => {
  await withRoad(async ({ remote, mirror, road }) => {
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await assertMirrored(remote, mirror);
    let flipped = 0;
    road.fault = ({ head, body }) => {
      if (head.kind !== "commit" || flipped++ > 0) return [{ head, body }];
      const other = body.slice();
      other[other.length - 2] = (other[other.length - 2] ?? 0) ^ 1;
      return [{ head, body: other }];
    };
    await appendAll(streams, "s", 0, 10);
    await assertMirrored(remote, mirror);
    assert(flipped > 0);
  });
});

Deno.test("a slow remote makes a mirror late, and takes nothing from it", async () => {
  await withRoad(async ({ remote, mirror, road }) => {
    road.delayMs = 20;
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await appendAll(streams, "s", 0, 40);
    await assertMirrored(remote, mirror);
  });
});

/** Makes a mirror in a store, and stops it and its remote; where that was, and what its stream had. */
async function leftMirror(store: string): Promise<{ origin: string; text: string }> {
  const left = { origin: "", text: "" };
  await withServer(async ({ main: remote }) => {
    const streams = new StreamsApi(remote);
    await streams.create("s");
    await appendAll(streams, "s", 0, 5);
    left.origin = remote;
    left.text = (await streams.get("s?offset=-1")).text;
    await withServer(({ main }) => assertMirrored(remote, main), {
      flags: [store, `--follow=${remote}`],
    });
  });
  return left;
}

Deno.test("a mirror starts, and serves what it has, while its remote is away", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/mirror.db`;
    const { origin, text } = await leftMirror(store);
    await withServer(async ({ main: mirror }) => {
      const streams = new StreamsApi(mirror);
      assertEquals((await streams.get("s?offset=-1")).text, text);
      const told = await until("it is away", async () => {
        const remote = await remoteOf(mirror);
        return remote.state === "away" && remote;
      });
      assertEquals([told.code, told.status], ["remote_away", "ready"]);
      const refused = await streams.send("POST", "s", { body: "{}" });
      assertEquals([refused.status, JSON.parse(refused.text).code], [503, "remote_away"]);
      assert(!refused.text.includes(new URL(origin).host), "where the remote is, is not told");
    }, { flags: [store, `--follow=${origin}`] });
  });
});

Deno.test("a remote with a new life stops a mirror, which keeps what it has until it is reset", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/mirror.db`;
    const { text: kept } = await leftMirror(store);
    await withServer(async ({ main: remote }) => {
      const streams = new StreamsApi(remote);
      await streams.create("other");
      await withServer(async ({ main: mirror }) => {
        const told = await until("it is stopped", async () => {
          const told = await remoteOf(mirror);
          return told.state === "stopped" && told;
        });
        assertEquals(told.code, "remote_new_life");
        assertEquals((await new StreamsApi(mirror).get("s?offset=-1")).text, kept);
        assertEquals((await new StreamsApi(mirror).get("other?offset=-1")).status, 404);
        const metrics = await (await fetch(`${mirror}/metrics`)).text();
        assert(/ledger_remote_stopped\{.*\} 1/.test(metrics), metrics);
      }, { flags: [store, `--follow=${remote}`] });
      await withServer(async ({ main: mirror }) => {
        await assertMirrored(remote, mirror);
        assertEquals((await new StreamsApi(mirror).get("s?offset=-1")).status, 404);
      }, { flags: [store, `--follow=${remote}`, "--follow-reset"] });
    });
  });
});

Deno.test("a server with chains of its own does not become a mirror", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/own.db`;
    await withServer(({ main }) => new StreamsApi(main).create("own").then(() => {}), {
      flags: [store],
    });
    await withServer(async ({ main: remote }) => {
      await withServer(async ({ main: mirror }) => {
        const told = await until("it is stopped", async () => {
          const told = await remoteOf(mirror);
          return told.state === "stopped" && told;
        });
        assertEquals(told.code, "remote_not_mine");
        assertEquals((await new StreamsApi(mirror).get("own?offset=-1")).status, 200);
      }, { flags: [store, `--follow=${remote}`] });
    });
  });
});

Deno.test("a chain that differs is refused by its hash, and the others go on", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/mirror.db`;
    await withServer(async ({ main: remote }) => {
      const streams = new StreamsApi(remote);
      await streams.create("a");
      await streams.create("b");
      await withServer(({ main }) => assertMirrored(remote, main), {
        flags: [store, `--follow=${remote}`],
      });
      // For a while it was a server of its own.
      await withServer(
        ({ main }) => new StreamsApi(main).append("a", { n: "here" }).then(() => {}),
        {
          flags: [store],
        },
      );
      await streams.append("a", { n: "there" });
      await streams.append("b", { n: 1 });
      await withServer(async ({ main: mirror }) => {
        const told = await until("it is refused", async () => {
          const told = await remoteOf(mirror);
          return told.refused > 0 && told;
        });
        assertEquals([told.state, told.refused], ["following", 1]);
        // Everybody may ask whether it is ready: no chain is named.
        const answer = await fetch(`${mirror}/readyz`);
        assertEquals((await answer.text()).includes("streams/"), false);
        const metrics = await (await fetch(`${mirror}/metrics`)).text();
        assertMatch(metrics, /ledger_remote_refused_total\{[^}]*"chain_differs"[^}]*\} 1/);
        const next = await streams.append("b", { n: 2 });
        const here = new StreamsApi(mirror);
        await until("b goes on", async () => (await here.get("b?offset=-1")).next === next);
        assertEquals((await here.get("a?offset=-1")).text, '[{"n":"here"}]');
      }, { flags: [store, `--follow=${remote}`] });
    });
  });
});

Deno.test("chains that are deleted, begun anew, forked, or expired are so on a mirror", async () => {
  await withRoad(async ({ remote, mirror }) => {
    const there = new StreamsApi(remote);
    const here = new StreamsApi(mirror);
    await there.create("source");
    await appendAll(there, "source", 0, 5);
    await there.create("fork", { "stream-forked-from": "/v1/stream/source" });
    await there.append("fork", { own: true });
    await there.create("brief");
    await there.create("soon", { "stream-ttl": "1" });
    await there.create("retained");
    await there.append("retained", { n: 1 });
    await there.create("heir", { "stream-forked-from": "/v1/stream/retained" });
    await there.send("DELETE", "retained");
    await there.send("DELETE", "brief");
    await assertMirrored(remote, mirror);
    assertEquals((await here.get("fork?offset=-1")).text, (await there.get("fork?offset=-1")).text);
    assertEquals((await here.get("heir?offset=-1")).text, '[{"n":1}]');
    assertEquals((await here.get("brief?offset=-1")).status, 404);
    assertEquals((await here.get("retained?offset=-1")).status, 410);
    await there.create("brief");
    await there.append("brief", { again: true });
    await assertMirrored(remote, mirror);
    assertEquals((await here.get("brief?offset=-1")).text, '[{"again":true}]');
    await until("it is over", async () => (await here.send("HEAD", "soon")).status === 404);
    await there.get("soon?offset=-1");
    await assertMirrored(remote, mirror);
    assert((await copiedHeads(mirror)).size > 5);
  });
});

Deno.test("a mirror of some chains has those alone", async () => {
  await withServer(async ({ main: remote }) => {
    const there = new StreamsApi(remote);
    await there.create("orders/1");
    await there.create("other");
    await withServer(async ({ main: mirror }) => {
      const here = new StreamsApi(mirror);
      await there.create("orders/2");
      await until("both are here", async () => (await copiedHeads(mirror)).size === 2);
      assertEquals([...(await copiedHeads(mirror)).keys()], [
        "streams/orders/1",
        "streams/orders/2",
      ]);
      assertEquals((await here.get("other?offset=-1")).status, 404);
    }, { flags: [`--follow=${remote}`, "--follow-chains=streams/orders/**"] });
  });
});

Deno.test("a mirror shows its key, and what is kept from that key is not taken away here", async () => {
  await withServer(async ({ main: remote }) => {
    const headers = { authorization: "Bearer a-key-of-the-remote" };
    const create = await fetch(`${remote}/v1/stream/s`, { method: "PUT", headers });
    assertEquals(create.status, 201);
    await create.body?.cancel();
    await withServer(async ({ main: mirror }) => {
      await until(
        "it is here",
        async () => (await new StreamsApi(mirror).get("s?offset=-1")).status === 200,
      );
      const append = await new StreamsApi(mirror).send("POST", "s", { body: "1" });
      assert(append.status === 204 || append.status === 409, append.text);
    }, { flags: [`--follow=${remote}`, "--follow-key=a-key-of-the-remote"] });
    await withServer(async ({ main: mirror }) => {
      const told = await until("it is refused", async () => {
        const told = await remoteOf(mirror);
        return told.code === "remote_refused" && told;
      });
      assertEquals(told.state, "away");
    }, { flags: [`--follow=${remote}`, "--follow-key=another"] });
  }, { flags: ["--api-keys=a-key-of-the-remote"] });
});
