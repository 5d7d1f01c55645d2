import type { Hono } from "hono";
import type { z } from "zod";
import { readJsonRequest } from "../server/admin/json_request.ts";
import { described } from "../web/described.ts";
import type { RequestEnv } from "../web/ledger.ts";
import { inJson, jsonBody, type Shape, type Tells } from "../web/operation.ts";
import { problemForm } from "../web/problem.ts";

/** A route that takes JSON. */
export interface Post<T> {
  /** In a line. */
  readonly does: string;
  readonly takes: z.ZodType<T>;
  /** What it answers where all is well. */
  readonly answer: () => Shape;
  act(asked: T): Response | Promise<Response>;
}

/** Adds a route that takes JSON; an empty body stands for `{}`. */
export function postRoute<T>(
  app: Hono<RequestEnv>,
  path: string,
  { does, takes, answer, act }: Post<T>,
): void {
  app.post(
    path,
    described(devTold(does, answer, takes), async ({ req }) => {
      const asked = await readJsonRequest(req.raw, takes, {});
      return asked instanceof Response ? asked : await act(asked);
    }),
  );
}

/** What a route does; `answer` is what is well, and `body` what it takes, which may be left out. */
export function devTold(does: string, answer: () => Shape, body?: Shape): Tells {
  return () => ({
    does,
    ...body && { body: jsonBody(body), isBodyOptional: true },
    answers: {
      200: inJson(answer()),
      ...body && { 400: problemForm(), 404: problemForm(), 409: problemForm(), 422: problemForm() },
    },
  });
}
