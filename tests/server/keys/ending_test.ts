import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { denokvTest, withDenokv } from "../../support/denokv.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { withFolder } from "../../support/server.ts";
import { until, within } from "../../support/until.ts";

const LISTED = "a-key-of-the-settings";
const FLAGS = [`--api-keys=${LISTED}`];
const UNAUTHORIZED = { code: 4005, reason: "unauthorized" };

/** An event stream, read until it ends. */
async function eventStream(main: string, key: string): Promise<{ ended: Promise<string> }> {
  const response = await fetch(`${main}/v1/stream/s?offset=-1&live=sse`, {
    headers: { authorization: `Bearer ${key}` },
  });
  assertEquals(response.status, 200);
  return { ended: response.text() };
}

async function createStream(main: string): Promise<void> {
  const api = new HieraChainApi(main, {
    "x-api-key": LISTED,
    "content-type": "application/json",
  });
  assertEquals((await api.ask("PUT", "/v1/stream/s")).status, 201);
}

Deno.test("a revoked key's open sockets and event streams end at once, and nobody else's", async () => {
  await withServer(async ({ main, native }) => {
    await createStream(main);
    const keys = new KeysApi(main, LISTED);
    const [one, other] = [await keys.make(), await keys.make()];
    const socket = await ClientSocket.open(native, `/ws?token=${one.key}`);
    const stays = await ClientSocket.open(native, `/ws?token=${other.key}`);
    const listed = await ClientSocket.open(native, `/ws?token=${LISTED}`);
    await socket.subscribe("c");
    const events = await eventStream(main, one.key);
    await keys.revoke(one.id);
    assertEquals(await within("the socket closes", socket.closed), UNAUTHORIZED);
    assertStringIncludes(await within("the events end", events.ended), "event: control");
    await stays.settle();
    await listed.settle();
    const again = new HieraChainApi(main, { authorization: `Bearer ${one.key}` });
    assertEquals((await again.get("/v1/stream/s")).status, 401);
    await stays.close();
    await listed.close();
  }, { flags: FLAGS });
});

Deno.test("a key that expires ends what it opened, at its time", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main, native }) => {
    await createStream(main);
    const in60Days = 60 * 24 * 3_600_000;
    const expiresAt = new Date(clock.now() + in60Days).toISOString();
    const { key } = await new KeysApi(main, LISTED).make({ expiresAt });
    const socket = await ClientSocket.open(native, `/ws?token=${key}`);
    const api = new HieraChainApi(native, { "x-api-key": key });
    clock.advance(in60Days - 1);
    assertEquals((await api.get("/api/ledger/chains")).status, 200);
    await socket.settle();
    clock.advance(1);
    assertEquals(await within("the socket closes", socket.closed), UNAUTHORIZED);
    const { status, body } = await api.get("/api/ledger/chains");
    assertEquals([status, body.message], [
      401,
      "Invalid API key. The provided key is not valid or has expired.",
    ]);
    const late = new Date(clock.now() - 1).toISOString();
    const dead = await new KeysApi(main, LISTED).make({ expiresAt: late });
    const dies = new HieraChainApi(native, { "x-api-key": dead.key });
    assertEquals((await dies.get("/api/ledger/chains")).status, 401);
  }, { clock, flags: FLAGS });
});

Deno.test("what was opened without a key ends when the first key is made", async () => {
  await withServer(async ({ main, native }) => {
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c");
    const { key } = await new KeysApi(main).make();
    assertEquals(await within("the socket closes", socket.closed), UNAUTHORIZED);
    const keyed = await ClientSocket.open(native, `/ws?token=${key}`);
    await keyed.settle();
    await keyed.close();
  });
});

Deno.test("a stored key is known again after a restart, and so is that it was revoked", async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${folder}/ledger.db`];
    const ask = async (main: string, key: string) => (await new KeysApi(main, key).list()).status;
    let kept = { id: "", key: "" };
    let gone = kept;
    await withServer(async ({ main }) => {
      kept = await new KeysApi(main).make({ scopes: ["admin"] });
      gone = await new KeysApi(main, kept.key).make({ scopes: ["admin"] });
      await new KeysApi(main, kept.key).revoke(gone.id);
    }, { flags });
    await withServer(async ({ main }) => {
      assertEquals([await ask(main, kept.key), await ask(main, gone.key), await ask(main, "")], [
        200,
        401,
        401,
      ]);
    }, { flags });
    for await (const { name } of Deno.readDir(folder)) {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      const text = new TextDecoder("latin1").decode(bytes);
      assert(!text.includes(kept.key.slice(16)), `the key is in ${name}`);
    }
  });
});

denokvTest(
  "a key that one server revokes is refused and closed by another on the same store",
  async (program) => {
    await withDenokv(program, async (denokv) => {
      const flags = [...FLAGS, `--store=${denokv.url}`];
      await withServer(async (one) => {
        await withServer(async (other) => {
          const keys = new KeysApi(one.main, LISTED);
          const { id, key } = await keys.make();
          const api = new HieraChainApi(other.native, { "x-api-key": key });
          await until(
            "the other knows the key",
            async () => (await api.get("/api/ledger/chains")).status === 200,
          );
          const socket = await ClientSocket.open(other.native, `/ws?token=${key}`);
          await keys.revoke(id);
          assertEquals(await within("the socket closes", socket.closed), UNAUTHORIZED);
          assertEquals((await api.get("/api/ledger/chains")).status, 401);
        }, { flags });
      }, { flags });
    });
  },
);
