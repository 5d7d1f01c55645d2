import { z } from "zod";
import { plainAnswer, type RouteOperation, type Tells } from "../../../web/operation.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { BadRequest, countOf, type RequestArguments, vertexHash } from "./arguments.ts";
import { knownVertex } from "./details.ts";
import { drawAll, drawAround, TooLargeToDraw } from "./graph_drawings.ts";
import { anyFailure } from "./told.ts";
import { failureText, processingFailed, textAnswer } from "./responses.ts";

/** How far from a vertex a drawing goes at the most. */
const MOST_LEVELS = 3;
/** Vertices of a network that is drawn whole; the node draws any number. */
const MOST_DRAWN = 5_000;

/** What the original gives no type, so that Twisted's is left. Nothing of these is the asker's. */
const OF_NO_TYPE: ReadonlySet<string> = new Set(["Invalid hash", "Transaction not found"]);

/** Drawings that only the `dot` program can make. */
const PICTURES = ["pdf", "png", "jpg"];

/**
 * Drawings of the graph in the language of Graphviz. Pictures are answered as by a node on a
 * machine without Graphviz: its failure.
 */
export function graphvizRoutes(queries: NodeQueries): Route[] {
  return Object.entries({ full, neighbours }).flatMap(([name, prepare]): Route[] => [
    {
      path: `/graphviz/${name}.dot`,
      told: {
        GET: toldOfDrawing(name, {
          200: {
            content: {
              ...plainAnswer("application/dot").content,
              ...plainAnswer("text/html").content,
            },
          },
        }),
      },
      async GET({ args }) {
        try {
          const draw = await prepare(queries, args);
          return textAnswer(await draw(), "application/dot");
        } catch (error) {
          if (error instanceof TooLargeToDraw) throw new BadRequest(error.message);
          if (error instanceof BadRequest && OF_NO_TYPE.has(error.message)) {
            return textAnswer(failureText(error.message), "text/html");
          }
          throw error;
        }
      },
    },
    ...PICTURES.map((format): Route => ({
      path: `/graphviz/${name}.${format}`,
      // As the original, where it has no Graphviz.
      told: { GET: toldOfDrawing(name, { 500: plainAnswer("text/html") }) },
      async GET({ args }) {
        await prepare(queries, args);
        return processingFailed();
      },
    })),
  ]);
}

function toldOfDrawing(name: string, answers: RouteOperation["answers"]): Tells {
  return () => {
    return {
      does: name === "full" ? "Draws the whole graph" : "Draws the graph around a vertex",
      query: name === "full" ? WHOLE : AROUND.extend(NEAR.shape),
      answers: {
        ...answers,
        200: { content: { ...answers[200]?.content, ...anyFailure().content } },
      },
    };
  };
}

const shown = z.string().transform((text) => !["", "false", "False", "0"].includes(text))
  .default(false);

/** What is drawn of a whole graph. */
const WHOLE = z.object({
  weight: shown,
  acc_weight: shown,
  verifications: shown,
  funds: shown,
  only_blocks: shown,
});

const AROUND = z.object({ tx: vertexHash, graph_type: z.string(), max_level: z.string() });
const NEAR = z.object({ max_level: countOf(MOST_LEVELS) });

/** Makes a drawing whose arguments are good. */
type Draw = () => Promise<string>;

async function full(queries: NodeQueries, args: RequestArguments): Promise<Draw> {
  const { blocks, transactions } = await queries.state();
  if (blocks + transactions > MOST_DRAWN) {
    throw new BadRequest(`The graph has more than ${MOST_DRAWN} vertices`);
  }
  const asked = args.read(WHOLE);
  const shown = {
    hasWeights: asked.weight,
    hasAccumulatedWeights: asked.acc_weight,
    hasVerifications: asked.verifications,
    hasFunds: asked.funds,
    isOfBlocksAlone: asked.only_blocks,
  };
  return () => drawAll(queries, shown);
}

/** A kind of graph that there is none of is drawn empty. */
async function neighbours(queries: NodeQueries, args: RequestArguments): Promise<Draw> {
  const { tx, graph_type: type } = args.read(AROUND);
  const root = await knownVertex(queries, tx);
  // How far is read once the vertex is there.
  const { max_level: most } = args.read(NEAR);
  return () => drawAround(queries, root, type, most);
}
