import { z } from "zod";
import { Pace } from "../../../kernel/turn.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { nodeEventText } from "../rows/node_event.ts";
import { errorForm, toldOf } from "./told.ts";
import type { Route } from "./app.ts";
import { integer, readArguments } from "./pydantic.ts";
import { jsonTextAnswer } from "./responses.ts";

const MOST_EVENTS = 1_000;
const DEFAULT_EVENTS = 100;
/** An answer ends with the event that passes this many bytes; whoever asks again gets the rest. */
const ANSWER_BYTES = 4 * 1024 * 1024;

const REQUEST = {
  name: "GetEventsParams",
  status: 200,
  form: z.object({
    last_ack_event_id: integer({ least: 0 }).optional(),
    size: integer({ least: 0, most: MOST_EVENTS }).default(DEFAULT_EVENTS),
  }),
};

const told = toldOf("The events of the node, by their ids", () => {
  const event = z.looseObject({ id: z.number(), type: z.string(), data: z.looseObject({}) });
  return z.union([
    z.object({ events: z.array(event), latest_event_id: z.number() }),
    errorForm(),
  ]);
}, () => ({ query: REQUEST.form }));

/** The events of the node, for those who do not keep a socket open. */
export function nodeEventRoutes(queries: NodeQueries): Route[] {
  return [{
    path: "/event",
    told: { GET: told },
    async GET({ args }) {
      const { last_ack_event_id: last = -1, size } = readArguments(REQUEST, args);
      const placed = await queries.chain.read(last + 1, size, ANSWER_BYTES);
      const turns = Pace.ofSteps();
      const texts: string[] = [];
      let chars = 0;
      for (const event of placed) {
        const text = nodeEventText(await queries.nodeEvent(event));
        texts.push(text);
        // Each tells its vertex whole, however few bytes it is stored in.
        chars += text.length;
        if (chars > ANSWER_BYTES) break;
        if (turns.isDueAfter(1)) await turns.give();
      }
      const latest = await queries.nextEventId() - 1;
      return jsonTextAnswer(`{"events":[${texts.join(",")}],"latest_event_id":${latest}}`);
    },
  }];
}
