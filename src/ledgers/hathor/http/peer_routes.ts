import { z } from "zod";
import { successWith, toldOf } from "./told.ts";
import type { Route } from "./app.ts";
import { BadRequest } from "./arguments.ts";
import { isPyArray } from "../../../python/json.ts";
import { bodyIfAny } from "./json_body.ts";
import { readEndpoint } from "./peer_endpoint.ts";
import { netfilterRoute } from "./netfilter.ts";

/** What is asked of the connections of a node; this one has none. */
export function peerRoutes(): Route[] {
  return [
    {
      path: "/p2p/peers",
      told: {
        POST: toldOf(
          "Reads where peers are, of which this node has none",
          () => successWith({ peers: z.array(z.string()) }),
          () => ({ body: z.array(z.string()) }),
        ),
      },
      async POST({ text }) {
        const body = bodyIfAny(await text());
        if (body === undefined) throw new BadRequest("Invalid format for post data");
        if (!isPyArray(body)) {
          throw new BadRequest(
            "Invalid format for post data. It was expected a list of strings.",
          );
        }
        const peers = body.map((each) => {
          const endpoint = typeof each === "string" ? readEndpoint(each) : undefined;
          if (endpoint === undefined) throw new BadRequest("Malformed entrypoint found.");
          return endpoint;
        });
        return { success: true, peers };
      },
      postScope: "admin",
    },
    netfilterRoute(),
  ];
}
