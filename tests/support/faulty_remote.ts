import { concat } from "./bytes.ts";
import { Road } from "./road.ts";
import { type Frame, frameParts, readFrames } from "../../src/remote/ledgerline/frames.ts";

/** What a road does to a frame: what goes on in its place, `cut` where it ends amid it. */
export type FrameFault = (frame: Frame) => readonly Frame[] | "cut";

/** A road to a server that changes what it tells to those who copy its chains. */
export class FaultyRemote extends Road {
  /** What it does to each frame; changes nothing where undefined. */
  fault: FrameFault | undefined;
  /** Milliseconds that each piece waits. */
  delayMs = 0;
  connections = 0;
  readonly #target: string;

  constructor(target: string) {
    super();
    this.#target = target;
  }

  protected override async answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const signal = AbortSignal.any([request.signal, this.closing.signal]);
    const body = method === "GET" ? null : await request.bytes();
    const answer = await fetch(this.#target + pathname + search, { method, headers, body, signal });
    if (pathname !== "/v1/records" || answer.body === null) return answer;
    this.connections++;
    const frames = this.#frames(readFrames(answer.body));
    return new Response(ReadableStream.from(frames), { status: answer.status });
  }

  async *#frames(frames: AsyncIterable<Frame>): AsyncGenerator<Uint8Array> {
    for await (const frame of frames) {
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      const told = this.fault?.(frame) ?? [frame];
      if (told === "cut") {
        const bytes = bytesOf(frame);
        yield bytes.subarray(0, Math.ceil(bytes.length / 2));
        throw new TypeError("cut off");
      }
      for (const each of told) yield bytesOf(each);
    }
  }
}

function bytesOf({ head, body }: Frame): Uint8Array {
  return concat(frameParts(head, [body]));
}
