import { assert, assertEquals } from "@std/assert";
import { secp256k1 } from "@noble/curves/secp256k1";
import fc from "fast-check";
import { readEcdsaDer, writeEcdsaDer } from "../../src/crypto/ecdsa_der.ts";
import { isSecp256k1Signature, portableKey, secp256k1Key } from "../../src/crypto/secp256k1.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HELLO = new TextEncoder().encode("hello");

const SECRET = Uint8Array.fromHex("11".repeat(32));
const POINT = secp256k1.getPublicKey(SECRET, true);

/** The key that the runtime verifies with, where it can, and the one that needs no runtime for it. */
const KEYS = [secp256k1Key(POINT), portableKey(POINT)].map((key) => {
  assert(key !== undefined && key !== null);
  return key;
});
const signature = secp256k1.sign(HELLO, SECRET, { format: "der" });

function numbers() {
  const read = readEcdsaDer(signature);
  assert(read !== undefined);
  return read;
}

Deno.test("a signature counts with a low s, and with a high one", () => {
  const { r, s } = numbers();
  for (const key of KEYS) {
    for (const each of [s, ORDER - s]) {
      assert(isSecp256k1Signature(writeEcdsaDer({ r, s: each }), HELLO, key));
    }
    assertEquals(isSecp256k1Signature(signature, new TextEncoder().encode("hallo"), key), false);
  }
});

Deno.test("a signature in any other form than the strictest does not count", () => {
  const { r, s } = numbers();
  const der = signature.toHex();
  const inside = der.slice(4);
  const [first, second] = [integer(r), integer(s)];
  const whole = (body: string) => `30${byte(body.length / 2)}${body}`;
  for (
    const hex of [
      "",
      "3000",
      `${der}00`,
      der.slice(0, -2),
      whole(`${inside}0500`),
      `3081${der.slice(2)}`,
      whole(`${padded(first)}${second}`),
      whole(`${first}${padded(second)}`),
      writeEcdsaDer({ r: 0n, s }).toHex(),
      writeEcdsaDer({ r, s: 0n }).toHex(),
      writeEcdsaDer({ r: r + ORDER, s }).toHex(),
      writeEcdsaDer({ r, s: s + ORDER }).toHex(),
      "3006020181020101",
    ]
  ) {
    for (const key of KEYS) {
      assertEquals(isSecp256k1Signature(Uint8Array.fromHex(hex), HELLO, key), false, hex);
    }
  }
});

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function integer(value: bigint): string {
  const { length } = writeEcdsaDer({ r: value, s: 1n });
  return writeEcdsaDer({ r: value, s: 1n }).subarray(2, length - 3).toHex();
}

function padded(hex: string): string {
  return `02${byte(hex.length / 2 - 1)}00${hex.slice(4)}`;
}

Deno.test("bytes that are no point of the curve are no key", () => {
  for (const hex of ["", "02", `02${"ff".repeat(32)}`, `03${"00".repeat(32)}`, "02".repeat(34)]) {
    assertEquals(secp256k1Key(Uint8Array.fromHex(hex)), undefined);
    assertEquals(portableKey(Uint8Array.fromHex(hex)), null);
  }
});

Deno.test("any numbers come back from DER, and any bytes are read or refused", () => {
  const number = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
  fc.assert(fc.property(number, number, (r, s) => {
    assertEquals(readEcdsaDer(writeEcdsaDer({ r, s })), { r, s });
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const read = readEcdsaDer(bytes);
    if (read !== undefined) assertEquals(writeEcdsaDer(read), bytes);
  }));
});
