import { assert, assertEquals } from "@std/assert";
import { HDKey } from "@scure/bip32";
import { type ChildKeyBatch, ChildKeyThread } from "../../src/crypto/child_key_thread.ts";
import { HdPublicKey, parseXpub } from "../../src/crypto/hd_public_key.ts";
import { until } from "../support/until.ts";

/** A wallet's account, by a number of its own. */
function account(seed: number): HDKey {
  return HDKey.fromMasterSeed(new Uint8Array(32).fill(seed)).derive("m/44'/280'/0'/0");
}

function batch(seed: number, first: number, count: number): ChildKeyBatch {
  const { publicKey, chainCode } = account(seed);
  assert(publicKey !== null && chainCode !== null);
  return { key: publicKey, chainCode, first, count };
}

/** The same as another library has it. */
function expected(seed: number, first: number, count: number): string[] {
  const parent = account(seed);
  return Array.from(
    { length: count },
    (_, at) => parent.deriveChild(first + at).publicKey?.toHex() ?? "",
  );
}

function hex(keys: readonly Uint8Array[]): string[] {
  return keys.map((key) => key.toHex());
}

async function withThread(body: (thread: ChildKeyThread) => Promise<void>, module?: URL) {
  const thread = new ChildKeyThread(module);
  try {
    await body(thread);
  } finally {
    thread.stop();
  }
}

const NEVER = new AbortController().signal;

Deno.test("child keys are those of the wallets' library, up to the last index", () => {
  for (let seed = 0; seed < 8; seed++) {
    const key = parseXpub(account(seed).publicExtendedKey);
    assert(key !== undefined);
    for (const index of [0, 1, 2, 77 * seed, 2 ** 16 + seed, 2 ** 31 - 1]) {
      assertEquals([key.childKey(index).toHex()], expected(seed, index, 1));
    }
  }
});

Deno.test("a private key is no public one, and what is no point makes no key", () => {
  assertEquals(parseXpub(account(1).privateExtendedKey), undefined);
  let error: unknown;
  try {
    new HdPublicKey(new Uint8Array(33), new Uint8Array(32));
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof Error);
});

Deno.test("a thread makes the keys of many batches at once, each its own", async () => {
  await withThread(async (thread) => {
    const all = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((seed) => thread.derive(batch(seed, seed * 10, 5), NEVER)),
    );
    all.forEach((keys, seed) => assertEquals(hex(keys), expected(seed, seed * 10, 5)));
    assertEquals(thread.length, 0);
  });
});

Deno.test("what nobody wants any more is not begun, and the others are answered right", async () => {
  await withThread(async (thread) => {
    const leaves = new AbortController();
    const left = [1, 2, 3, 4, 5].map((seed) => thread.derive(batch(seed, 0, 5), leaves.signal));
    const stays = thread.derive(batch(6, 0, 5), NEVER);
    assertEquals(thread.length, 6);
    leaves.abort();
    // Two may have been begun.
    assertEquals(thread.length, 3);
    assertEquals(await Promise.all(left), [[], [], [], [], []]);
    assertEquals(hex(await stays), expected(6, 0, 5));
    await until("the thread", () => thread.length === 0);
    assertEquals(await thread.derive(batch(1, 0, 5), leaves.signal), []);
  });
});

Deno.test("a thread that is stopped answers all that waits, and makes keys here from then on", async () => {
  await withThread(async (thread) => {
    const asked = [1, 2, 3].map((seed) => thread.derive(batch(seed, 0, 5), NEVER));
    thread.stop();
    assertEquals(await Promise.all(asked), [[], [], []]);
    assertEquals(hex(await thread.derive(batch(4, 0, 40), NEVER)), expected(4, 0, 40));
  });
});

Deno.test("where the thread fails, the keys are made without it", async () => {
  const broken = new URL("data:text/javascript,throw new Error('broken')");
  await withThread(async (thread) => {
    const asked = [1, 2, 3].map((seed) => thread.derive(batch(seed, 0, 5), NEVER));
    const all = await Promise.all(asked);
    all.forEach((keys, at) => assertEquals(hex(keys), expected(at + 1, 0, 5)));
  }, broken);
});
