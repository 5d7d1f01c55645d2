/** That `signature` (DER) is one of `key` (a compressed point) over the SHA-256 of `data`. */
export interface SignatureClaim {
  readonly signature: Uint8Array;
  /** 32 bytes: a hash. */
  readonly data: Uint8Array;
  readonly key: Uint8Array;
}

const KEY_SIZE = 33;
const DATA_SIZE = 32;
/** No signature in DER is longer. */
const SIGNATURE_ROOM = 72;
/** Key, data, length of the signature, signature. */
const RECORD_SIZE = KEY_SIZE + DATA_SIZE + 1 + SIGNATURE_ROOM;
/** The count of threads that have gone through the batch. */
const HEADER_SIZE = 1;

/** States of a claim. A wrong one stays `taken`: the asker verifies it once more. */
const State = { open: 0, taken: 1, right: 2 } as const;

/** Whether a claim has the sizes that a batch is made for. */
export function fitsBatch({ signature, data, key }: SignatureClaim): boolean {
  return key.length === KEY_SIZE && data.length === DATA_SIZE &&
    signature.length <= SIGNATURE_ROOM;
}

/**
 * Claims in memory that threads share. Each is taken by whichever thread comes first, so that none
 * waits for another, and the answer is there as soon as it is known.
 */
export class SignatureBatch {
  readonly shared: SharedArrayBuffer;
  readonly size: number;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;

  /** The batch that another thread has made. */
  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.size = (shared.byteLength - HEADER_SIZE) / (RECORD_SIZE + 1);
    this.#bytes = new Uint8Array(shared);
  }

  /** A batch of claims, all of which {@linkcode fitsBatch | fit}. */
  static of(claims: readonly SignatureClaim[]): SignatureBatch {
    const length = HEADER_SIZE + claims.length * (RECORD_SIZE + 1);
    const batch = new SignatureBatch(new SharedArrayBuffer(length));
    for (const [at, { signature, data, key }] of claims.entries()) {
      const start = batch.#start(at);
      batch.#bytes.set(key, start);
      batch.#bytes.set(data, start + KEY_SIZE);
      batch.#bytes[start + KEY_SIZE + DATA_SIZE] = signature.length;
      batch.#bytes.set(signature, start + RECORD_SIZE - SIGNATURE_ROOM);
    }
    return batch;
  }

  /** A claim, in memory that is not shared: cryptography takes no other. */
  claim(at: number): SignatureClaim {
    const record = new Uint8Array(RECORD_SIZE);
    record.set(this.#bytes.subarray(this.#start(at), this.#start(at) + RECORD_SIZE));
    const data = record.subarray(KEY_SIZE, KEY_SIZE + DATA_SIZE);
    const length = record[KEY_SIZE + DATA_SIZE] ?? 0;
    const signature = record.subarray(RECORD_SIZE - SIGNATURE_ROOM).subarray(0, length);
    return { signature, data, key: record.subarray(0, KEY_SIZE) };
  }

  /** Takes a claim, to verify it or for nobody to do so; false where it has been taken before. */
  take(at: number): boolean {
    const place = HEADER_SIZE + at;
    return Atomics.compareExchange(this.#bytes, place, State.open, State.taken) === State.open;
  }

  setRight(at: number): void {
    Atomics.store(this.#bytes, HEADER_SIZE + at, State.right);
  }

  isRight(at: number): boolean {
    return Atomics.load(this.#bytes, HEADER_SIZE + at) === State.right;
  }

  /** Says that a thread has been through it. */
  leave(): void {
    Atomics.add(this.#bytes, 0, 1);
  }

  /** How many threads have been through it. */
  get readers(): number {
    return Atomics.load(this.#bytes, 0);
  }

  #start(at: number): number {
    return HEADER_SIZE + this.size + at * RECORD_SIZE;
  }
}
