import type { Effect } from "../../web/ledger.ts";
import { askedUrl } from "../../web/asked_url.ts";
import { endToken } from "./layout.ts";
import { streamNameOf } from "./names.ts";
import type { StreamService } from "./service.ts";

/** What the answer of another server says of a stream, whose copy here is to have it. */
export function effectOf(
  service: StreamService,
  asked: Request,
  answer: Response,
): Effect | undefined {
  const next = answer.headers.get("stream-next-offset");
  if (!answer.ok || next === null || asked.method === "DELETE") return undefined;
  const name = streamNameOf(askedUrl(asked).pathname);
  const isClosed = answer.headers.get("stream-closed") === "true";
  return {
    chain: service.chainName(name),
    isHere: async () => {
      const state = await service.stored(name);
      // Tokens of one stream sort as their positions.
      return state !== undefined && endToken(state) >= next && (!isClosed || state.isClosed);
    },
  };
}
