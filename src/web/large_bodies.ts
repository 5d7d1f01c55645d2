import { BODIES_HELD_BYTES, BODIES_IN_WORK_BYTES, LARGE_BODY_BYTES } from "../kernel/limits.ts";

/** Room for so many bytes. Who asks for some waits in line until there is enough. */
export class Room {
  readonly #bytes: number;
  readonly #waiting: { readonly share: number; readonly resolve: (share: number) => void }[] = [];
  #left: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#left = bytes;
  }

  /** Bytes that nobody has. */
  get left(): number {
    return this.#left;
  }

  /** Takes room for so many bytes, or all of it for what is larger. Returns the share to give back. */
  async take(bytes: number): Promise<number> {
    const share = Math.min(bytes, this.#bytes);
    if (this.#waiting.length > 0 || share > this.#left) {
      return await new Promise((resolve) => this.#waiting.push({ share, resolve }));
    }
    this.#left -= share;
    return share;
  }

  /** Gives a share back, and lets those on for whom there is enough then. */
  give(share: number): void {
    this.#left += share;
    for (let next = this.#waiting[0]; next && next.share <= this.#left; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#left -= next.share;
      next.resolve(next.share);
    }
  }
}

/** What has come of bodies that nobody works on yet, and what is announced of them. */
const HELD = new Room(BODIES_HELD_BYTES);

/** What those become that are worked on. */
const IN_WORK = new Room(BODIES_IN_WORK_BYTES);

/** What a request's large body has of the room for work, until it is answered. */
class Place {
  #share = 0;
  #isOver = false;

  async enter(bytes: number): Promise<void> {
    const share = await IN_WORK.take(bytes);
    if (this.#isOver) IN_WORK.give(share);
    else this.#share += share;
  }

  leave(): void {
    this.#isOver = true;
    IN_WORK.give(this.#share);
    this.#share = 0;
  }
}

const places = new WeakMap<Request, Place>();

/**
 * Answers a request; what its body has of the room for work is given back once it is answered. What
 * 1 MiB of JSON is parsed into takes up to 60 MB, so that a hundred bodies at once ended the process:
 * those that are large wait for one another, and small ones for nobody.
 */
export function answeredInPlace<E>(
  request: Request,
  answer: (request: Request, env: E) => Response | Promise<Response>,
  env: E,
): Response | Promise<Response> {
  return mayBeLarge(request) ? inPlace(request, answer, env) : answer(request, env);
}

async function inPlace<E>(
  request: Request,
  answer: (request: Request, env: E) => Response | Promise<Response>,
  env: E,
): Promise<Response> {
  const place = new Place();
  places.set(request, place);
  try {
    return await answer(request, env);
  } finally {
    place.leave();
  }
}

function mayBeLarge({ method, headers }: Request): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const announced = headers.get("content-length");
  return announced === null || isLarge(Number(announced));
}

/** Whether a body of so many bytes waits for others. */
export function isLarge(bytes: number): boolean {
  return bytes > LARGE_BODY_BYTES;
}

/**
 * Reads a large body of `bytes` bytes, or of no more than that, once there is room for it, and waits
 * until it may be worked on, where it becomes `growth` times as large. Throws what `read` throws.
 */
export async function readInPlace(
  request: Request,
  bytes: number,
  growth: number,
  read: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const share = await HELD.take(bytes);
  try {
    const body = await read();
    if (body !== undefined) await places.get(request)?.enter(body.length * growth);
    return body;
  } finally {
    HELD.give(share);
  }
}
