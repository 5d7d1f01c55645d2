import { getLogger } from "@logtape/logtape";
import type { Access } from "../access.ts";
import type { Handler } from "../handler.ts";
import { problem } from "../problem.ts";
import type { DoorRefusal } from "../shared.ts";
import { setHeader } from "../whole_response.ts";
import { askedHost } from "./asked_host.ts";
import { askingPage } from "./asking_page.ts";
import { isPreflight, preflightAnswer, share } from "./cors.ts";
import { OwnNames } from "./own_names.ts";

const logger = getLogger(["ledgerline", "door"]);

/** Characters of a request's target. Hathor's own server takes a line of as many. */
const TARGET_CHARS = 16 * 1_024;

/** What the door is set up with. */
export interface DoorRules {
  readonly access: Access;
  /** The setting `--host`. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Whether the server listens to this machine alone. */
  readonly isLocal: boolean;
  /** Whether names are led here by somebody else, as on Deno Deploy: then any will do. */
  readonly isHosted: boolean;
}

/** What is behind the door, for one request. */
export interface Behind {
  /** Whoever no page of somebody else asks for. */
  readonly own: Handler;
  /** A page of somebody else: it may cause nothing, and will not be able to read the answer. */
  readonly foreign: Handler;
  /** The answer to what is refused, in the words of what is asked for. */
  refuse(request: Request, refusal: RefusalAnswer): Response;
  /** Headers that pages may read, for what is asked for. */
  exposed(request: Request): string | undefined;
  /** Hears of everybody who is turned away. */
  refused(request: Request, why: DoorRefusal): void;
  /** Hears of every answer, how many milliseconds after its request; it may add headers. */
  answered(request: Request, address: string, answer: Response, ms: number): void;
}

/** A refusal as a client is to be told of it. */
export interface RefusalAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const ANSWERS: Readonly<Record<DoorRefusal, RefusalAnswer>> = {
  target: {
    status: 414,
    code: "target_too_long",
    message: `A request's path and query have up to ${TARGET_CHARS} characters`,
  },
  host_invalid: {
    status: 400,
    code: "host_invalid",
    message: "The Host of the request is not a host",
  },
  host: {
    status: 403,
    code: "host_refused",
    message: "A server without keys answers to its own names alone: this machine's, and those in " +
      "--allowed-hosts (LEDGER_ALLOWED_HOSTS)",
  },
  origin: {
    status: 403,
    code: "origin_refused",
    message: "Pages of this origin may not do this: those in --allowed-origins " +
      "(LEDGER_ALLOWED_ORIGINS) may",
  },
};

/**
 * The one door of a server: every request of every port passes it before anything else is done,
 * keys included. It keeps out hosts that are none, names that were pointed here, and pages of
 * somebody else, and it is the one place that lets pages read answers (CORS).
 */
export class Door {
  readonly #rules: DoorRules;
  readonly #names: OwnNames;

  constructor(rules: DoorRules) {
    this.#rules = rules;
    const { host, allowedHosts: allowed, isLocal } = rules;
    this.#names = new OwnNames({ host, allowed, isLocal });
  }

  /** A handler with the door before it. What it answers with is never a thrown error. */
  before(behind: Behind): Handler {
    return async (request, address) => {
      const since = performance.now();
      let answer: Response;
      try {
        answer = await this.#admit(request, address, behind);
        // A handshake's headers are final.
        if (answer.status !== 101) setHeader(answer, "x-content-type-options", "nosniff");
      } catch (error) {
        // What was thrown may tell of the request, and the request may hold a key.
        logger.error("request failed: {error}", { error: nameOf(error) });
        answer = problem(500, "internal", "An unexpected error occurred");
      }
      behind.answered(request, address, answer, performance.now() - since);
      return answer;
    };
  }

  #admit(request: Request, address: string, behind: Behind): Response | Promise<Response> {
    // The longest host is counted in, so that no more than this is looked at.
    if (request.url.length > TARGET_CHARS + 300) return refused(request, behind, "target");
    const host = askedHost(request);
    if (host === undefined) return refused(request, behind, "host_invalid");
    const { access, isHosted, isLocal, allowedOrigins } = this.#rules;
    const isOpen = !access.isRequired;
    if (isOpen && !isHosted && !this.#names.has(host)) return refused(request, behind, "host");
    const rules = { allowed: allowedOrigins, areFilesTrusted: isOpen && isLocal };
    const page = askingPage(request, host, rules);
    switch (page.kind) {
      case "none":
        return behind.own(request, address);
      case "foreign":
        // Without an allowed origin it is a no to every browser.
        if (isPreflight(request)) return preflightAnswer(request, false);
        if (!isHarmless(request)) return refused(request, behind, "origin");
        return behind.foreign(request, address);
      case "allowed":
        return shared(request, address, behind, page.origin);
    }
  }
}

function refused(request: Request, behind: Behind, why: DoorRefusal): Response {
  behind.refused(request, why);
  return behind.refuse(request, ANSWERS[why]);
}

/** An answer that a page of `origin` may read. */
async function shared(
  request: Request,
  address: string,
  behind: Behind,
  origin: string,
): Promise<Response> {
  const answer = isPreflight(request)
    ? preflightAnswer(request, true)
    : await behind.own(request, address);
  if (answer.status !== 101) share(answer, origin, behind.exposed(request));
  return answer;
}

/**
 * Whether a page of somebody else may send a request: to read what its browser will not show it.
 * Scripts and images would be shown to it in part.
 */
function isHarmless({ method, headers }: Request): boolean {
  if (headers.has("upgrade")) return false;
  if (method === "OPTIONS") return true;
  return (method === "GET" || method === "HEAD") && headers.get("sec-fetch-mode") !== "no-cors";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
