import { assert, assertEquals } from "@std/assert";
import { secp256k1 } from "@noble/curves/secp256k1";
import { createHash } from "node:crypto";
import { SignatureBatch, type SignatureClaim } from "../../src/crypto/signature_batch.ts";
import { SignatureWorkers } from "../../src/crypto/signature_workers.ts";
import { isRightClaim, SignaturesAhead } from "../../src/crypto/signatures_ahead.ts";
import { until } from "../support/until.ts";
import { WatchedWorkers } from "../support/watched_workers.ts";

/** As many as are worth a batch. */
const MANY = 12;

/** A right claim about some data. */
function rightClaim(text: string): SignatureClaim {
  const { secretKey, publicKey: key } = secp256k1.keygen();
  const data = new Uint8Array(createHash("sha256").update(text).digest());
  return { signature: secp256k1.sign(data, secretKey, { format: "der" }), data, key };
}

function rightClaims(count: number): SignatureClaim[] {
  return Array.from({ length: count }, (_, at) => rightClaim(`${at}`));
}

/** Whether a worker has found it right. */
function isVerifiedAhead(claim: SignatureClaim): boolean {
  return isRightClaim(claim, () => false);
}

/** Claims that are wrong in all ways there are. */
function wrongClaims(): SignatureClaim[] {
  const [one, other] = [rightClaim("one"), rightClaim("other")];
  return [
    { ...one, signature: other.signature },
    { ...one, data: other.data },
    { ...one, key: other.key },
    { ...one, key: Uint8Array.of(2, ...new Uint8Array(32).fill(0xff)) },
    { ...one, key: new Uint8Array(33) },
    { ...one, signature: new Uint8Array() },
    { ...one, signature: one.signature.subarray(1) },
    { ...one, signature: new Uint8Array(72).fill(0xff) },
  ];
}

/** Take batches and do nothing. */
class IdleWorkers extends SignatureWorkers {
  readonly batches: SignatureBatch[] = [];

  override send(claims: readonly SignatureClaim[]): SignatureBatch {
    const batch = SignatureBatch.of(claims);
    this.batches.push(batch);
    return batch;
  }
}

async function withWorkers(body: (workers: WatchedWorkers) => Promise<void>, module?: URL) {
  const workers = new WatchedWorkers(module);
  try {
    await body(workers);
  } finally {
    workers.stop();
  }
}

Deno.test("claims come out of a batch as they went in, and each is taken once", () => {
  const claims = [...rightClaims(2), ...wrongClaims()];
  const batch = new SignatureBatch(SignatureBatch.of(claims).shared);
  assertEquals(batch.size, claims.length);
  for (const [at, claim] of claims.entries()) {
    assertEquals(batch.claim(at), claim);
    assertEquals([batch.take(at), batch.take(at), batch.isRight(at)], [true, false, false]);
  }
  batch.setRight(3);
  assertEquals(claims.map((_, at) => at).filter((at) => batch.isRight(at)), [3]);
});

Deno.test("workers find right claims right, and others not", async () => {
  await withWorkers(async (workers) => {
    const [right, wrong] = [rightClaims(MANY), wrongClaims()];
    const ahead = new SignaturesAhead(workers);
    const expected = [...right, ...wrong].map((claim) => ahead.expect(1, () => [claim]));
    await workers.done();
    assertEquals(workers.batches.map(({ size }) => size), [right.length + wrong.length]);
    assertEquals(right.map(isVerifiedAhead), right.map(() => true));
    assertEquals(wrong.map(isVerifiedAhead), wrong.map(() => false));
    const mixed = right.map((claim, at) => ({
      ...claim,
      data: right.at(at - 1)?.data ?? claim.key,
    }));
    assertEquals(mixed.map(isVerifiedAhead), right.map(() => false));
    for (const each of expected) each.end();
    assertEquals(right.map(isVerifiedAhead), right.map(() => false), "it is over");
  });
});

Deno.test("few claims are told to no worker, and those that were waited for no more neither", async () => {
  await withWorkers(async (workers) => {
    const ahead = new SignaturesAhead(workers);
    const refuse = () => {
      throw new Error("asked for what is of no use");
    };
    for (let at = 0; at < MANY; at++) {
      const expected = ahead.expect(1, refuse);
      await Promise.resolve();
      expected.end();
    }
    assertEquals(workers.batches, []);
  });
});

Deno.test("what is asked for before a worker has begun with it is left to the one who asks", async () => {
  const workers = new IdleWorkers();
  const claims = rightClaims(MANY);
  const ahead = new SignaturesAhead(workers);
  const expected = claims.map((claim) => ahead.expect(1, () => [claim]));
  await Promise.resolve();
  assertEquals(claims.slice(0, 3).map(isVerifiedAhead), [false, false, false]);
  expected[3]?.end();
  const [batch] = workers.batches;
  assert(batch !== undefined);
  assertEquals(claims.map((_, at) => batch.take(at)), claims.map((_, at) => at > 3));
  for (const each of expected) each.end();
});

Deno.test("a claim that many make is sent once, and verified once", async () => {
  const workers = new IdleWorkers();
  const [claim, ...others] = rightClaims(MANY);
  assert(claim !== undefined);
  const ahead = new SignaturesAhead(workers);
  const expected = [ahead.expect(MANY, () => Array(MANY).fill(claim))];
  await Promise.resolve();
  expected.push(ahead.expect(MANY, () => [claim, ...others, claim]));
  await Promise.resolve();
  assertEquals(workers.batches.map(({ size }) => size), [1, others.length]);
  let verified = 0;
  for (let time = 0; time < MANY; time++) assert(isRightClaim(claim, () => ++verified > 0));
  assertEquals(verified, 1);
  for (const each of expected) each.end();
});

Deno.test("claims that cannot be told leave those of others alone", async () => {
  await withWorkers(async (workers) => {
    const claims = rightClaims(MANY);
    const ahead = new SignaturesAhead(workers);
    const expected = [
      ahead.expect(1, () => {
        throw new RangeError("no claims");
      }),
      ahead.expect(MANY, () => claims),
    ];
    await Promise.resolve();
    assertEquals(workers.batches.map(({ size }) => size), [MANY]);
    for (const each of expected) each.end();
  });
});

Deno.test("workers have a bounded number of claims before them", async () => {
  await withWorkers(async (workers) => {
    const claims = Array.from({ length: 5_000 }, () => ({
      signature: new Uint8Array(),
      data: new Uint8Array(32),
      key: new Uint8Array(33),
    }));
    for (let time = 0; time < 5; time++) workers.send(claims);
    assertEquals(workers.batches.length, 3);
    await until("the workers", () => workers.send(claims));
  });
});

Deno.test("workers that were stopped, or cannot start, take nothing and harm nothing", async () => {
  const claims = rightClaims(MANY);
  await withWorkers(async (workers) => {
    assert(workers.send(claims) !== undefined);
    workers.stop();
    assertEquals(workers.send(claims), undefined);
    await Promise.resolve();
  });
  await withWorkers(async (workers) => {
    await until("the failure", () => workers.send(claims) === undefined);
    assert(workers.isOff);
  }, new URL("./no_such_worker.ts", import.meta.url));
});
