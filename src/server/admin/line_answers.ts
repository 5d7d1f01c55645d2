/** Answers that are lines of JSON, sent as they come to be. */
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { quietMs } from "../../kv/deploy.ts";
import type { OnProgress } from "./chain_tools.ts";

/** Milliseconds between empty lines, the heartbeat of an answer that has nothing to send. */
const HEARTBEAT_MS = 15_000;

/** Milliseconds between reports of progress. */
const REPORT_MS = 200;

/** The answer to GET, or to HEAD without its body, which nobody would read or cancel. */
export async function answered({ method }: Request, answer: Response): Promise<Response> {
  if (method !== "HEAD") return answer;
  await answer.body?.cancel();
  return new Response(null, answer);
}

/** An answer that begins once the first lines are there: an error before is a status of its own. */
export async function begun(
  texts: AsyncGenerator<string>,
  onEnd: () => void = () => {},
): Promise<Response> {
  try {
    const first = await texts.next();
    return lineAnswer(first.done === true ? texts : after(first.value, texts), onEnd);
  } catch (error) {
    onEnd();
    throw error;
  }
}

async function* after(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** A streamed answer of lines, with an empty one now and then where there are none. */
export function lineAnswer(
  texts: AsyncGenerator<string>,
  onEnd: () => void = () => {},
): Response {
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const end = () => {
    clearInterval(heartbeat);
    heartbeat = undefined;
    onEnd();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      heartbeat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode("\n"));
      }, quietMs(HEARTBEAT_MS));
    },
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        // An empty text says that the follower has caught up, which an empty line passes on.
        if (done !== true) return controller.enqueue(encoder.encode(value === "" ? "\n" : value));
      } catch (error) {
        controller.enqueue(encoder.encode(errorLine(error)));
      }
      end();
      controller.close();
    },
    async cancel() {
      end();
      await texts.return(undefined);
    },
  });
  const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
  return new Response(body, { headers });
}

function errorLine(error: unknown): string {
  const code = error instanceof LedgerError ? error.code : "internal";
  const message = error instanceof LedgerError ? messageOf(error) : "An unexpected error occurred";
  return `${JSON.stringify({ error: { code, message } })}\n`;
}

/** The lines of a task: its progress, now and then, and its results. */
export async function* reported(
  task: (progress: OnProgress, say: (result: unknown) => void) => Promise<void>,
): AsyncGenerator<string> {
  const waiting: string[] = [];
  let wake = () => {};
  const add = (line: unknown) => {
    waiting.push(`${JSON.stringify(line)}\n`);
    wake();
  };
  let reportedAt = 0;
  const progress: OnProgress = (chain, done, total) => {
    const now = performance.now();
    if (now - reportedAt < REPORT_MS) return;
    reportedAt = now;
    add({ progress: { chain, done, total } });
  };
  let hasEnded = false;
  const end = task(progress, add).finally(() => {
    hasEnded = true;
    wake();
  });
  // Where the client has gone the task runs to its end, and its error is nobody's.
  end.catch(() => {});
  while (!hasEnded || waiting.length > 0) {
    const line = waiting.shift();
    if (line !== undefined) yield line;
    else if (!hasEnded) await new Promise<void>((resolve) => wake = resolve);
  }
  await end;
}
