import { HDKey } from "@scure/bip32";
import type { Heavy } from "./heavy.ts";

/** The account of a wallet that nobody has paid to. */
function xpub(seed: number): string {
  return HDKey.fromMasterSeed(new Uint8Array(32).fill(seed)).derive("m/44'/280'/0'/0")
    .publicExtendedKey;
}

/** Histories whose addresses have to be derived, to the largest gap there may be. */
export const HATHOR_WALLETS: readonly Heavy[] = [{
  name: "socket of hathor: a history by xpub, 10,000 addresses",
  socket: {
    path: "/hathor/v1a/ws",
    messages: () => [
      JSON.stringify({
        type: "request:history:xpub",
        id: "x",
        xpub: xpub(7),
        "gap-limit": 10_000,
      }),
    ],
    last: '"stream:history:end"',
  },
}];
