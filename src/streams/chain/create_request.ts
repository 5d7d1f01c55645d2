import type { Content } from "./append_request.ts";
import { DEFAULT_CONTENT_TYPE } from "./content_type.ts";
import type { Wanted } from "./create_command.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Creation, StreamState } from "./state.ts";
import { newLife } from "./token.ts";

/** A request to create a stream. */
export interface CreateRequest {
  readonly contentType: string | undefined;
  readonly lifetime: Lifetime;
  readonly closed: boolean;
  readonly body: Uint8Array;
  readonly contentOf: (body: Uint8Array, contentType: string) => Promise<Content>;
  readonly fork: ForkRequest | undefined;
}

/** What a fork is asked to be made of. */
export interface ForkRequest {
  /** Name of the source. */
  readonly source: string;
  readonly at: string | undefined;
  readonly sub: number;
}

/** What such a request asks for. */
export function wantedOf({ contentType, lifetime, closed, fork }: CreateRequest): Wanted {
  const { ttl, expiresAt } = lifetime;
  const asked = JSON.stringify([
    ttl,
    expiresAt,
    ...(fork === undefined ? [] : [fork.source, fork.at ?? null, fork.sub]),
  ]);
  const isFork = fork !== undefined;
  return { contentType: isFork ? contentType : contentType ?? DEFAULT_CONTENT_TYPE, asked, closed };
}

/** How a stream is made that is no fork. */
export function newStream(
  { contentType = DEFAULT_CONTENT_TYPE, lifetime }: CreateRequest,
  { asked }: Wanted,
): Creation {
  return { life: newLife(), contentType, ...lifetime, asked, inherited: [], base: 0, source: null };
}

/** How a fork is made: its source has what is not asked for, and what both share is given. */
export function newFork(
  { contentType, lifetime: { ttl, expiresAt } }: CreateRequest,
  { asked }: Wanted,
  source: StreamState,
  shared: Pick<Creation, "inherited" | "base" | "source">,
): Creation {
  const inherits = ttl === null && expiresAt === null;
  return {
    life: newLife(),
    contentType: contentType ?? source.contentType,
    ttl: inherits ? source.ttl : ttl,
    expiresAt: inherits ? source.expiresAt : expiresAt,
    asked,
    ...shared,
  };
}
