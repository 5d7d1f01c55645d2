import { openStore } from "../../../src/kv/open.ts";
import type { Store } from "../../../src/kv/store.ts";
import { Log } from "../../../src/log/log.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { contentOf } from "../../../src/streams/chain/append_request.ts";
import type { ForkRequest } from "../../../src/streams/chain/create_request.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const JSON_TYPE = "application/json";
const encoder = new TextEncoder();

/** Streams in memory, and the clock that they go by. */
export interface StreamWorld {
  readonly service: StreamService;
  readonly clock: FakeClock;
  readonly store: Store;
}

export async function withStreams(body: (world: StreamWorld) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const store = await openStore(":memory:", clock);
  const log = new Log(store, { projectionOf: chainProjection, clock });
  try {
    await body({ service: new StreamService(log, clock), clock, store });
  } finally {
    await log.close();
    store.close();
  }
}

/** Makes a stream, of JSON where nothing else is said. A fork has the type of its source. */
export function makeStream(
  service: StreamService,
  name: string,
  { type = JSON_TYPE, ttl = null, text = "", fork }: {
    readonly type?: string;
    readonly ttl?: number | null;
    readonly text?: string;
    readonly fork?: ForkRequest;
  } = {},
): ReturnType<StreamService["create"]> {
  return service.create(name, {
    contentType: fork === undefined ? type : undefined,
    lifetime: { ttl, expiresAt: null },
    closed: false,
    body: encoder.encode(text),
    contentOf,
    fork,
  });
}

/** Appends JSON: the members of an array are messages of their own. */
export async function appendJson(
  service: StreamService,
  name: string,
  value: unknown,
  { closes = false, seq }: { readonly closes?: boolean; readonly seq?: string } = {},
): ReturnType<StreamService["append"]> {
  const content = await contentOf(encoder.encode(JSON.stringify(value)), JSON_TYPE);
  return await service.append(name, { content, closes, seq, producer: undefined });
}
