import type { Access, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import { logNameOf } from "../names.ts";
import { wordsAbout } from "../responses.ts";
import type { StreamService } from "../service.ts";
import type { Config } from "./state.ts";

/** A subscription is about many streams: a refusal names the one that it is for. */
const WORDS = wordsAbout();

/** What keys are held against. */
export interface Guarded {
  readonly access: Access;
  readonly service: Pick<StreamService, "chainName">;
}

/** Who subscribes to streams may read them, and write to the stream that wakes are told in. */
export function denialOfStreams(
  request: Request,
  context: Guarded,
  config: Config,
): Response | undefined {
  const { wakeStream } = config;
  const written = wakeStream === null ? [] : [context.service.chainName(wakeStream)];
  return denial(request, context, "read", readBy(config, context)) ??
    denial(request, context, "append", written);
}

/**
 * The chains that whoever is told of a subscription's streams has to be allowed to read. For a
 * pattern that is a name which begins as all of its own do and ends with a star: the patterns of
 * keys that cover it cover all of them, and no key is for that name alone.
 */
export function readBy({ streams, pattern }: Config, { service }: Guarded): string[] {
  const chains = streams.map((name) => service.chainName(name));
  if (pattern === null) return chains;
  const star = pattern.indexOf("*");
  return [...chains, logNameOf(star < 0 ? pattern : pattern.slice(0, star + 1))];
}

/** The answer to a request whose key does not cover one of the chains; undefined where it does. */
export function denial(
  request: Request,
  { access }: Guarded,
  scope: Scope,
  chains: readonly string[],
): Response | undefined {
  for (const chain of chains) {
    const grant = admission(access, request, WORDS, { scope, chain });
    if (grant instanceof Response) return grant;
  }
  return undefined;
}
