import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { base58Decode, base58Encode, Base58Error } from "../../src/crypto/base58.ts";
import { base64UrlEncode } from "../../src/crypto/base64url.ts";
import { DerError } from "../../src/crypto/conditions/der.ts";
import {
  conditionOf,
  conditionUriOf,
  type Fulfillment,
  fulfillmentText,
  isRightSignature,
  parseFulfillment,
  signaturesOf,
} from "../../src/crypto/conditions/fulfillment.ts";
import { verifyEd25519 } from "../../src/crypto/ed25519.ts";
import vectors from "../vectors/crypto_conditions.json" with { type: "json" };

const Case = z.object({
  text: z.string(),
  parse: z.string().optional(),
  kind: z.string().optional(),
  uri: z.string().optional(),
  again: z.string().optional(),
  valid: z.boolean().optional(),
});

const MESSAGE = new Uint8Array(Buffer.from(vectors.message, "hex"));

/** Whether every signature of `fulfillment` is one over `message`. */
function isFulfilled(fulfillment: Fulfillment, message: Uint8Array): boolean {
  return signaturesOf(fulfillment).every((part) => isRightSignature(part, message));
}

Deno.test("fulfillments are read, written, named and verified as cryptoconditions 0.8.1 does", () => {
  const cases = z.array(Case).parse(vectors.cases);
  assert(cases.length > 100);
  for (const { text, parse, kind, uri, again, valid } of cases) {
    const isKnownType = kind === "ed25519-sha-256" || kind === "threshold-sha-256";
    if (parse !== undefined || !isKnownType) {
      assertThrows(() => parseFulfillment(text), DerError);
      continue;
    }
    const fulfillment = parseFulfillment(text);
    assertEquals(conditionUriOf(fulfillment), uri, text);
    assertEquals(fulfillmentText(fulfillment), again, text);
    // A threshold of nothing is valid there; here it signs nothing.
    assertEquals(isFulfilled(fulfillment, MESSAGE), valid && uri !== undefined, text);
  }
});

const keyPairs = [0, 1, 2, 3].map(() => generateKeyPairSync("ed25519"));

function ed25519(index: number, message: Uint8Array): Fulfillment {
  const pair = keyPairs[index];
  assert(pair !== undefined);
  const spki = pair.publicKey.export({ format: "der", type: "spki" });
  return {
    type: "ed25519-sha-256",
    publicKey: new Uint8Array(spki.subarray(-32)),
    signature: new Uint8Array(sign(null, message, pair.privateKey)),
  };
}

const fulfillments = fc.letrec<{ leaf: Fulfillment; node: Fulfillment; any: Fulfillment }>(
  (tie) => ({
    leaf: fc.nat(3).map((index) => ed25519(index, MESSAGE)),
    node: fc.tuple(
      fc.array(tie("any"), { minLength: 1, maxLength: 3 }),
      fc.array(tie("any"), { maxLength: 2 }),
    ).map(([subfulfillments, others]): Fulfillment => ({
      type: "threshold-sha-256",
      threshold: subfulfillments.length,
      subfulfillments,
      subconditions: others.flatMap((other) => conditionOf(other) ?? []),
    })),
    any: fc.oneof({ maxDepth: 3, withCrossShrink: true }, tie("leaf"), tie("node")),
  }),
).any;

Deno.test("a fulfillment that was written is read as one of the same condition, and valid", () => {
  fc.assert(fc.property(fulfillments, (fulfillment) => {
    const text = fulfillmentText(fulfillment);
    assert(text !== undefined);
    const read = parseFulfillment(text);
    assertEquals(fulfillmentText(read), text);
    assertEquals(conditionUriOf(read), conditionUriOf(fulfillment));
    assert(isFulfilled(read, MESSAGE));
    assert(!isFulfilled(read, new Uint8Array(32)));
  }));
});

Deno.test("no bytes make the reader do anything but read or refuse", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      conditionUriOf(parseFulfillment(base64UrlEncode(bytes)));
    } catch (error) {
      assert(error instanceof DerError);
    }
  }));
});

Deno.test("thresholds nest up to a limit", () => {
  let fulfillment = ed25519(0, MESSAGE);
  const wrap = (inner: Fulfillment): Fulfillment => ({
    type: "threshold-sha-256",
    threshold: 1,
    subfulfillments: [inner],
    subconditions: [],
  });
  for (let depth = 0; depth < 100; depth++) fulfillment = wrap(fulfillment);
  parseFulfillment(fulfillmentText(fulfillment) ?? "");
  const tooDeep = fulfillmentText(wrap(fulfillment)) ?? "";
  assertThrows(() => parseFulfillment(tooDeep), DerError, "too deep");
});

Deno.test("keys and signatures that libsodium refuses are refused", () => {
  // Of small order, or not in canonical form: with such keys one signature fits many messages.
  const refusedKeys = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  ];
  for (const key of refusedKeys) {
    const publicKey = new Uint8Array(Buffer.from(key, "hex"));
    const forged = new Uint8Array(64);
    forged.set(publicKey);
    assert(!verifyEd25519(publicKey, MESSAGE, forged), key);
  }
  const good = ed25519(0, MESSAGE);
  assert(good.type === "ed25519-sha-256" && good.signature !== undefined);
  assert(verifyEd25519(good.publicKey, MESSAGE, good.signature));
  // S + L is the same number modulo L, but not in canonical form.
  assert(!verifyEd25519(good.publicKey, MESSAGE, plusOrder(good.signature)));
});

function plusOrder(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = order;
  for (let at = 0; at < 32; at++) s += BigInt(signature[32 + at] ?? 0) << BigInt(8 * at);
  const out = signature.slice();
  for (let at = 0; at < 32; at++) out[32 + at] = Number((s >> BigInt(8 * at)) & 0xffn);
  return out;
}

Deno.test("base58 takes bytes there and back", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    assertEquals(base58Decode(base58Encode(bytes)), bytes);
  }));
  assertEquals(base58Encode(new TextEncoder().encode("\0\0Hello World!")), "112NEpo7TZRRrLZSi2U");
  assertThrows(() => base58Decode("I"), Base58Error, "I");
  assertEquals(base58Decode("2 \n"), new Uint8Array([1]));
});
