import { z } from "zod";
import {
  type Answer,
  inJson,
  jsonBody,
  named,
  plainAnswer,
  type RouteOperation,
  type Shape,
  type SocketMessages,
  type Tells,
} from "../../../web/operation.ts";

/** What the node answers to a request that makes no sense to it: nearly always with a 200. */
export const failureForm = named(
  "HathorFailure",
  () => z.looseObject({ success: z.literal(false), message: z.string() }),
);

/** The same with what is wrong as `error`. */
export function errorForm(): z.ZodType {
  return z.object({ success: z.literal(false), error: z.string() });
}

/** What the routes of miners, and some of wallets, refuse with. */
export function refusalForm(): z.ZodType {
  return z.object({ error: z.string() });
}

/** Every error of the node, of any status. */
export function anyFailure(): Answer {
  return inJson(failureForm());
}

/** A page that says that there is nothing. */
export const noResource: Answer = plainAnswer("text/html; charset=utf-8");

/** What a route is asked, and what it answers. */
export interface RouteAsks {
  /** What reads its arguments. */
  readonly query?: z.ZodObject;
  /** What it takes in JSON. */
  readonly body?: Shape;
  /** Answers of statuses other than 200; those of 200 may be a failure as well. */
  readonly more?: RouteOperation["answers"];
}

/** What a route does. `answer` is what is well, and `asked` is made when it is told. */
export function toldOf(
  does: string,
  answer: () => z.ZodType,
  asked: () => RouteAsks = () => ({}),
): Tells {
  return () => {
    const { query, body, more } = asked();
    return {
      does,
      ...query && { query },
      ...body && { body: jsonBody(body) },
      answers: { 200: inJson(z.union([answer(), failureForm()])), ...more },
    };
  };
}

/** A success with some more members. */
export function successWith(members: z.ZodRawShape = {}): z.ZodType {
  return z.object({ success: z.literal(true), ...members });
}

/** A parameter that may be left out. */
export function maybe(about?: string) {
  const parameter = z.string().optional();
  return about === undefined ? parameter : parameter.describe(about);
}

/** What is at the address of a socket: a page for whoever wants none. */
export function socketTold(does: string, socket: SocketMessages): RouteOperation {
  // Whether it may be opened is asked only of those who would.
  return { does, isOpen: true, answers: { 200: plainAnswer("text/html; charset=utf-8") }, socket };
}
