/** Answers that are lines of JSON, sent as they come to be. */
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import type { OnProgress } from "./chain_tools.ts";

/** Milliseconds between empty lines to a follower who hears nothing, so that both know of the other. */
const HEARTBEAT_MS = 15_000;

/** Milliseconds between reports of progress. */
const REPORT_MS = 200;

/** An answer to GET, which ends here for HEAD: nobody would read it to its end, or leave it. */
export async function answered({ method }: Request, answer: Response): Promise<Response> {
  if (method !== "HEAD") return answer;
  await answer.body?.cancel();
  return new Response(null, answer);
}

/** An answer whose first lines are there: what is wrong with the request is a status of its own. */
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
      }, HEARTBEAT_MS);
    },
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        // An empty text says that there is no more at the moment: as a line it says so here too.
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

/** The lines of a task that tells of its progress now and then, and of its results. */
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
  // Whoever asked may go away: the task ends on its own then, and nobody hears how.
  end.catch(() => {});
  while (!hasEnded || waiting.length > 0) {
    const line = waiting.shift();
    if (line !== undefined) yield line;
    else if (!hasEnded) await new Promise<void>((resolve) => wake = resolve);
  }
  await end;
}
