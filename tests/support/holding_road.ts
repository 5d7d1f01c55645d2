import { Road } from "./road.ts";

/** A server that answers as the path says: `/held` never, `/long` without end, `/cut` by half. */
export class HoldingRoad extends Road {
  /** Requests that are not answered. */
  readonly held: Request[] = [];
  asked = 0;

  protected override async answer(request: Request): Promise<Response> {
    this.asked++;
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/held":
        this.held.push(request);
        return await new Promise((resolve) => {
          const end = () => resolve(new Response(null, { status: 500 }));
          for (const signal of [request.signal, this.closing.signal]) {
            signal.addEventListener("abort", end);
          }
        });
      case "/long":
        return streamed(async (taker) => {
          for (let n = 0; n < 100; n++) await taker.write(new Uint8Array(100));
          await taker.close();
        });
      case "/cut":
        return streamed(async (taker) => {
          await taker.write(new Uint8Array(100));
          await taker.abort(new TypeError("cut off"));
        });
      case "/slow":
        return streamed(async (taker) => {
          await taker.write(new Uint8Array(100));
        });
      default:
        return new Response(pathname);
    }
  }
}

function streamed(
  write: (taker: WritableStreamDefaultWriter<Uint8Array>) => Promise<void>,
): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  write(writable.getWriter()).catch(() => {});
  return new Response(readable);
}
