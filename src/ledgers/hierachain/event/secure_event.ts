import { atOnce } from "../../../kernel/steps.ts";
import { createHash } from "node:crypto";
import {
  entriesOf,
  isPyArray,
  isPyObject,
  PyFloat,
  type PyJson,
  type PyObject,
  pyObject,
} from "../../../python/json.ts";
import { writeCanonicalJson } from "../../../python/json_write.ts";
import { verifyEcdsaSpki } from "../../../crypto/ecdsa_spki.ts";
import { verifyEd25519 } from "../../../crypto/ed25519.ts";
import { HEX, sizeFault } from "./event_fields.ts";
import { SIGNED_EVENT } from "./event_types.ts";
import { type Field, fieldsOf, type Model } from "./model.ts";

/** How deep a value may stand in `details`, which are themselves at 0. */
const MOST_DEPTH = 10;

const hexField: Field = {
  kind: "text",
  fault(value) {
    const text = String(value);
    if (!text.startsWith("0x")) return "Cryptographic fields must start with '0x' prefix";
    return HEX.test(text.slice(2))
      ? undefined
      : "Field must be a valid hex string after '0x' prefix";
  },
};

/**
 * The body of `POST /api/admin/chains/{chain}/secure-events` (hierachain 0.2.0,
 * api/admin/schemas.py's rules as measured).
 *
 * @param textLength how long the body's text was
 */
export function secureEventModel(textLength: number): Model {
  return {
    name: "SecureEventRequest",
    isStrict: true,
    fields: {
      entity_id: { kind: "text", least: 1, most: 128 },
      event_type: { kind: "text", least: 1, most: 64 },
      details: {
        kind: "object",
        standard: {},
        fault(value) {
          if (!isPyObject(value)) return undefined;
          const found = atOnce(sizeFault(value, textLength));
          if (typeof found === "string") return found;
          return isDeeper(value, MOST_DEPTH)
            ? `Payload depth exceeds maximum limit (${MOST_DEPTH})`
            : undefined;
        },
      },
      sender: hexField,
      signature: hexField,
      nonce: { kind: "text", isOptional: true },
      timestamp: { kind: "number", isOptional: true },
      chain_id: { kind: "text", isOptional: true },
    },
  };
}

function isDeeper(value: PyJson, left: number): boolean {
  if (left < 0) return true;
  if (isPyArray(value)) return value.some((item) => isDeeper(item, left - 1));
  return isPyObject(value) && entriesOf(value).some(([, item]) => isDeeper(item, left - 1));
}

/** The event of a body as the original stores it; `timestampSeconds` where it has no time itself. */
export function storedSecureEvent(
  values: ReadonlyMap<string, PyJson>,
  timestampSeconds: number,
): PyObject {
  const timestamp = values.get("timestamp") ?? new PyFloat(timestampSeconds);
  return { ...fieldsOf(values), timestamp, event: SIGNED_EVENT };
}

/** What the original answers with for an event's hash. */
export function secureEventHash(values: ReadonlyMap<string, PyJson>): string {
  const text = writeCanonicalJson({ ...fieldsOf(values), event: SIGNED_EVENT });
  return `evt-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/**
 * Whether the signature of a body is its sender's over all its other fields: of Ed25519, where the
 * sender is a raw key, else of ECDSA with SHA-256, where it is one in DER (SubjectPublicKeyInfo).
 */
export function isSigned(values: ReadonlyMap<string, PyJson>): boolean {
  const key = bytesOf(values.get("sender"));
  const signature = bytesOf(values.get("signature"));
  if (key === undefined || signature === undefined) return false;
  const message = new TextEncoder().encode(signedText(values));
  return verifyEd25519(key, message, signature) || verifyEcdsaSpki(key, message, signature);
}

/** Bytes of a key or a signature of any kind that is known here. */
const MOST_BYTES = 512;

function bytesOf(value: PyJson | undefined): Uint8Array | undefined {
  const hex = String(value).slice(2);
  return hex.length <= 2 * MOST_BYTES && /^[0-9a-fA-F]*$/.test(hex)
    ? Uint8Array.fromHex(hex)
    : undefined;
}

/**
 * The text that is signed: canonical JSON of all fields but the signature, with texts in NFC and
 * floats as texts (hierachain 0.2.0, security/verify/signature_verifier.py's rules as measured).
 */
export function signedText(values: ReadonlyMap<string, PyJson>): string {
  const { signature: _, ...signed } = Object.fromEntries(values);
  return writeCanonicalJson(asSigned(signed));
}

function asSigned(value: PyJson): PyJson {
  if (typeof value === "string") return value.normalize("NFC");
  if (value instanceof PyFloat) return decimalText(value.value);
  if (isPyArray(value)) return value.map(asSigned);
  if (!isPyObject(value)) return value;
  return pyObject(entriesOf(value).map(([key, item]) => [key, asSigned(item)] as const));
}

const PLACES = 16;

/** A float with 16 decimals, as Python's `f"{x:.16f}"` writes it, without zeros at its end. */
export function decimalText(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  const size = Math.abs(x);
  // From here on there are no decimals, and JavaScript would write an exponent.
  if (size >= 2 ** 53) return sign + String(BigInt(size));
  let text = size.toFixed(PLACES);
  // Halfway between two, where Python takes the even one and JavaScript the larger.
  const halves = size * 2 ** (PLACES + 1);
  if (Number.isInteger(halves) && halves % 2 === 1) text = toEven(halves);
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return sign + text.slice(0, text[end - 1] === "." ? end - 1 : end);
}

/** `halves` / 2^17 with 16 decimals, which has 17, rounded to the even one. */
function toEven(halves: number): string {
  const exact = BigInt(halves) * 5n ** BigInt(PLACES + 1);
  const down = exact / 10n;
  const digits = String(down + down % 2n).padStart(PLACES + 1, "0");
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
