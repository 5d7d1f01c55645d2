/** What runs in the threads of {@linkcode SignatureWorkers}. */
import { isSecp256k1Signature, secp256k1Key } from "./secp256k1.ts";
import { SignatureBatch, type SignatureClaim } from "./signature_batch.ts";

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const batch = new SignatureBatch(event.data);
  for (let at = 0; at < batch.size; at++) {
    if (batch.take(at) && isRight(batch.claim(at))) batch.setRight(at);
  }
  batch.leave();
});

function isRight({ signature, data, key }: SignatureClaim): boolean {
  try {
    const point = secp256k1Key(key);
    return point !== undefined && isSecp256k1Signature(signature, data, point);
  } catch {
    // The asker verifies a claim that is not right itself, and meets this error there.
    return false;
  }
}
