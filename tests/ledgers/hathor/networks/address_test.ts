import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { hash160 } from "../../../../src/crypto/bitcoin_hash.ts";
import { parseXpub } from "../../../../src/crypto/hd_public_key.ts";
import {
  addressAt,
  AddressError,
  addressOfKey,
  decodeAddress,
  decodeNetworkAddress,
  encodeAddress,
  hashOfAddress,
  multisigAddress,
} from "../../../../src/ledgers/hathor/networks/address.ts";
import {
  addressOfScript,
  scriptOfAddress,
} from "../../../../src/ledgers/hathor/script/patterns.ts";
import { readAmount, writeAmount } from "../../../../src/ledgers/hathor/vertex/amount.ts";
import { VertexReader } from "../../../../src/ledgers/hathor/vertex/vertex_reader.ts";
import { VertexWriter } from "../../../../src/ledgers/hathor/vertex/vertex_writer.ts";
import { networkOf, readVectors } from "../support/vectors.ts";

const { networks, encodings, hd_wallet, multisig } = readVectors(
  "hathor.json",
  z.object({
    networks: z.record(
      z.string(),
      z.object({
        address: z.record(z.string(), z.string()),
      }),
    ),
    encodings: z.object({
      output_value: z.array(z.object({ value: z.string(), hex: z.string() })),
    }),
    hd_wallet: z.object({ xpub_account_change: z.string(), addresses: z.array(z.string()) }),
    multisig: z.object({
      redeem_script: z.string(),
      address: z.string(),
      output_script: z.string(),
    }),
  }),
);

const bytes = (hex: string | undefined) => Uint8Array.fromHex(hex ?? "");

for (const [name, { address: vector }] of Object.entries(networks)) {
  Deno.test(`keys and redeem scripts have the golden addresses of ${name}`, () => {
    const network = networkOf(name);
    const text = addressOfKey(network, bytes(vector.pubkey));
    assertEquals(text, vector.p2pkh_address);
    const address = decodeNetworkAddress(network, text);
    assertEquals(address.length, 25);
    assertEquals(hashOfAddress(address).toHex(), vector.hash160);
    assertEquals(encodeAddress(address), text);
    assertEquals(scriptOfAddress(network, address)?.toHex(), vector.p2pkh_output_script);
    assertEquals(
      scriptOfAddress(network, address, 1_700_000_000)?.toHex(),
      vector.p2pkh_output_script_timelock_1700000000,
    );
    const redeemHash = hash160(bytes(vector.redeem_script));
    const several = multisigAddress(network, redeemHash);
    assertEquals(several, vector.multisig_address);
    const script = scriptOfAddress(network, decodeNetworkAddress(network, several));
    assertEquals(script?.toHex(), vector.multisig_output_script);
    assertEquals(addressOfScript(network, bytes(vector.p2pkh_output_script)), text);
    assertEquals(addressOfScript(network, bytes(vector.multisig_output_script)), several);
    assertEquals(addressOfScript(network, new Uint8Array([0x51])), undefined);
  });
}

Deno.test("the golden redeem script is paid to by the golden address", () => {
  const network = networkOf("privatenet");
  assertEquals(multisigAddress(network, hash160(bytes(multisig.redeem_script))), multisig.address);
  const script = scriptOfAddress(network, decodeAddress(multisig.address));
  assertEquals(script?.toHex(), multisig.output_script);
});

Deno.test("the addresses of a wallet follow from its extended public key", () => {
  const xpub = parseXpub(hd_wallet.xpub_account_change);
  if (xpub === undefined) throw new TypeError("the key is one");
  const network = networkOf("privatenet");
  assertEquals(
    hd_wallet.addresses.map((_, index) => addressAt(network, xpub, index)),
    hd_wallet.addresses,
  );
});

Deno.test("what is no extended public key is told apart", () => {
  assertEquals(parseXpub(""), undefined);
  assertEquals(parseXpub(hd_wallet.xpub_account_change.replace("7", "8")), undefined);
});

Deno.test("what is no address is refused in the original's words", () => {
  const network = networkOf("privatenet");
  const own = hd_wallet.addresses[0] ?? "";
  const foreign = networks.mainnet?.address.p2pkh_address ?? "";
  for (
    const [text, reason] of [
      ["bad", "Address size must have 25 bytes"],
      ["0OIl", "Invalid base58 address"],
      ["1".repeat(10_000), "Address size must have 25 bytes"],
      ["2".repeat(150), "Address size must have 25 bytes"],
      [`${own.slice(0, -1)}${own.endsWith("1") ? "2" : "1"}`, "Invalid checksum of address"],
    ] as const
  ) {
    assertThrows(() => decodeAddress(text), AddressError, reason);
  }
  for (
    const [text, reason] of [
      ["xyz", "Address size must have 34 characters"],
      [foreign, "Invalid address version byte"],
    ] as const
  ) {
    assertThrows(() => decodeNetworkAddress(network, text), AddressError, reason);
  }
  assertEquals(scriptOfAddress(network, decodeAddress(foreign)), undefined);
  // As Python's base58 takes it.
  assertEquals(decodeAddress(`${own} \n`), decodeAddress(own));
});

Deno.test("amounts are written in four bytes, or in eight where they need it", () => {
  for (const { value, hex } of encodings.output_value) {
    const writer = new VertexWriter();
    writeAmount(writer, BigInt(value));
    assertEquals(writer.finish().toHex(), hex);
    assertEquals(readAmount(new VertexReader(bytes(hex))), BigInt(value));
  }
});
