import type { Access, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import { streamChain } from "../chain/names.ts";
import type { StreamService } from "../chain/service.ts";
import { wordsAbout } from "../http/responses.ts";
import type { Config } from "./state.ts";

/** A subscription is about many streams: a refusal names the one that it is for. */
const WORDS = wordsAbout();

/** What decides whether a key covers a stream. */
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
 * The chains that one has to be allowed to read to be told of a subscription's streams. For a glob it
 * is its literal beginning with a star: a key whose pattern covers that covers every match, and none
 * can name it alone.
 */
export function readBy({ streams, pattern }: Config, { service }: Guarded): string[] {
  const chains = streams.map((name) => service.chainName(name));
  if (pattern === null) return chains;
  const star = pattern.indexOf("*");
  return [...chains, streamChain(star < 0 ? pattern : pattern.slice(0, star + 1))];
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
