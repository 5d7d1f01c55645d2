import { getLogger } from "@logtape/logtape";
import { LedgerError } from "../kernel/errors.ts";
import { answerFor, forwarded } from "../remote/forward.ts";
import type { ClientAsking } from "../remote/client_asking.ts";
import { askedUrl } from "../web/asked_url.ts";
import { readBody } from "../web/body.ts";
import { answerTo } from "../web/error_table.ts";
import type { Ledger, LedgerDefinition } from "../web/ledger.ts";
import { type AskRemote, type Owner, usuallyAt } from "../web/owner.ts";
import { PROBLEMS } from "../web/problem.ts";
import type { Mounted } from "./mounted.ts";
import type { PortRoutes } from "./port_routes.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** Bytes of a body that is sent on: no ledger takes more. */
const BODY_BYTES = 1024 * 1024;

/** Where what a ledger is asked to change is sent. */
export interface Beyond {
  readonly server: ClientAsking;
  /**
   * A path there, with what is asked behind it, for one of a port here; undefined for one that is
   * answered here.
   */
  path(path: string, isMain: boolean): string | undefined;
  /** What is done before an answer is given; see `FollowPart.beforeAnswer`. */
  beforeAnswer?(asked: Request, answer: Response, ledger: Ledger): Promise<Response>;
}

/** An owner of which what changes chains is done at another server. */
export function ownerBeyond(own: Owner, ask: AskRemote): Owner {
  return {
    task: (name, run, away) => {
      if (away === "here") return own.task(name, run);
      return own.task(name, async (input) => {
        if (away !== undefined) {
          return await away((path, init) => answerFor(ask(path, init)), input);
        }
        throw new LedgerError("mirrored", `${name} is done at the server that is followed`);
      });
    },
    survey: (name, tell) => own.survey(name, tell),
  };
}

/** Routes of which what changes the chains of some ledgers is sent on, and answered as it is there. */
export function routesBeyond(
  routes: PortRoutes,
  isMain: boolean,
  beyond: (ledger: LedgerDefinition) => Beyond | undefined,
): PortRoutes {
  return {
    ...routes,
    fetch: (request, env) => {
      const mounted = routes.asked(request);
      const there = mounted && beyond(mounted.definition);
      // What is the server's own is done here.
      if (mounted === undefined || there === undefined) return routes.fetch(request, env);
      const { pathname, search } = askedUrl(request);
      const path = there.path(pathname + search, isMain);
      if (path === undefined) return routes.fetch(request, env);
      const handOver = (handed: Request, isAdmitted: boolean) =>
        sentOn(mounted, there, path, handed, isAdmitted);
      if (mounted.ledger.handsOver !== true && usuallyAt(request.method) === "owner") {
        return handOver(request, false);
      }
      return routes.fetch(request, { ...env, handOver });
    },
  };
}

async function sentOn(
  { ledger }: Mounted,
  { server, beforeAnswer }: Beyond,
  path: string,
  request: Request,
  isAdmitted: boolean,
): Promise<Response> {
  const { words = PROBLEMS } = ledger;
  try {
    const sent = await wholeRequest(request);
    if (sent === undefined) {
      return words.failure(413, `A body may have ${BODY_BYTES} bytes`, "too_large");
    }
    const answer = await forwarded(server, sent, path, isAdmitted);
    return await beforeAnswer?.(request, answer, ledger) ?? answer;
  } catch (error) {
    // Nobody hears it, and nothing was wrong.
    if (request.signal.aborted) return words.failure(503, "Whoever asked has left", "closed");
    return answerTo(error, {
      logger,
      refused: ({ status, code, message }) => words.failure(status, message, code),
      unexpected: () => words.failure(500, "An unexpected error occurred", "internal"),
    });
  }
}

/**
 * A request with all of its body: one that never ends keeps nobody but who sends it. Undefined where
 * that is too large.
 */
async function wholeRequest(request: Request): Promise<Request | undefined> {
  const { method, url, headers, signal } = request;
  if (usuallyAt(method) === "anywhere") return new Request(url, { method, headers, signal });
  // It is sent on as it is.
  const read = await readBody(request, BODY_BYTES, 1);
  if (read === undefined) return undefined;
  // It came of a connection, whose buffers no thread shares.
  const body = read.length === 0 ? null : read as Uint8Array<ArrayBuffer>;
  return new Request(url, { method, headers, signal, body });
}
