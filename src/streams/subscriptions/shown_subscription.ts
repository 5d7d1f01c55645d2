import { type Access, admit } from "../../web/access.ts";
import { shownKey } from "../../web/bearer.ts";
import type { StreamService } from "../chain/service.ts";
import { LISTED } from "./management.ts";
import type { Subscription } from "./state.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { linkType } from "./told_streams.ts";

/** What the control routes need. */
export interface ControlContext {
  readonly subscriptions: Subscriptions;
  readonly service: StreamService;
  readonly access: Access;
}

/**
 * A subscription as its clients see it (PROTOCOL.md, section 6.3), with those of its streams that
 * the key may read. Where it has very many, the answer holds one page and `streams_after` for the
 * next.
 */
export async function shownSubscription(
  { request, origin }: { readonly request: Request; readonly origin: string },
  { subscriptions, service, access }: ControlContext,
  subscription: Subscription,
  after?: string,
): Promise<unknown> {
  const { id, config, createdAt, retryAt } = subscription;
  const { key, management } = subscriptions;
  const grant = admit(access, shownKey(request));
  const mayRead = (path: string) =>
    typeof grant !== "string" && grant.allows("read", service.chainName(path));
  const links = await management.links(subscription, after);
  return {
    id,
    subscription_id: id,
    type: config.type,
    pattern: config.pattern,
    streams: links.filter(({ path }) => mayRead(path)).map(({ path, link }) => ({
      path,
      link_type: linkType(link),
      acked_offset: link.acked,
    })),
    ...(links.length < LISTED ? {} : { streams_after: links.at(-1)?.path }),
    webhook: config.url === null ? null : {
      url: config.url,
      signing: {
        alg: "ed25519",
        kid: key.jwk.kid,
        jwks_url: `${subscriptions.baseOf(origin)}/jwks.json`,
      },
    },
    wake_stream: config.wakeStream,
    lease_ttl_ms: config.lease,
    created_at: new Date(createdAt).toISOString(),
    status: config.type === "webhook" && retryAt !== null ? "failed" : "active",
    description: config.description,
  };
}
