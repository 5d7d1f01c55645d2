import { Road } from "./road.ts";

/** An answer on its way: what it is to. */
export interface OnTheWay {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

/** What a road does to an answer: another text for it, or `cut` where it ends amid it. */
export type AnswerFault = (
  answer: OnTheWay,
) => string | undefined | "cut" | Promise<string | undefined | "cut">;

/** A road to a node, over HTTP: it may lead to another one, or nowhere, and change what is answered. */
export class NodeRoad extends Road {
  /** Where it leads; undefined where nobody is there. */
  target: string | undefined;
  /** Changes nothing where undefined, or where it gives that. */
  fault: AnswerFault | undefined;
  /** Milliseconds that each answer waits. */
  delayMs = 0;
  asked = 0;

  constructor(target: string | undefined) {
    super();
    this.target = target;
  }

  protected override async answer(request: Request): Promise<Response> {
    this.asked++;
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = method === "GET" || method === "HEAD" ? null : await request.bytes();
    if (this.target === undefined) return new Response("nobody is there", { status: 502 });
    const asked = new Headers(headers);
    asked.delete("host");
    const path = pathname + search;
    const answer = await fetch(this.target + path, { method, headers: asked, body });
    const text = await answer.text();
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const changed = await this.fault?.({ method, path, status: answer.status, text });
    const { status } = answer;
    const type = answer.headers.get("content-type") ?? "";
    const told = { status, headers: { "content-type": type } };
    if (changed !== "cut") return new Response(method === "HEAD" ? null : changed ?? text, told);
    return new Response(ReadableStream.from(halfOf(text)), told);
  }
}

async function* halfOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  yield await Promise.resolve(bytes.subarray(0, Math.ceil(bytes.length / 2)));
  throw new TypeError("cut off");
}
