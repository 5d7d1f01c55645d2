import type { Fulfillment } from "../../../crypto/conditions/fulfillment.ts";
import { publicKeyText } from "../../../crypto/ed25519.ts";
import type { Output } from "./transaction.ts";

/**
 * The keys that `GET /outputs?public_key=` finds an output by: those it was posted with that its
 * condition asks for, too, at any depth.
 */
export function ownersOf({ publicKeys, details }: Output): string[] {
  const asked = new Set(keysIn(details));
  return [...new Set(publicKeys)].filter((key) => asked.has(key));
}

function keysIn(fulfillment: Fulfillment): string[] {
  if (fulfillment.type === "ed25519-sha-256") return [publicKeyText(fulfillment.publicKey)];
  return fulfillment.subfulfillments.flatMap(keysIn);
}
