import { z } from "zod";

const operation = z.looseObject({
  "x-same-as": z.string().optional(),
  security: z.array(z.looseObject({})),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
});

/** A document of HTTP, as far as tests look into it. */
const openapi = z.looseObject({
  openapi: z.string(),
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});
export type OpenApi = z.infer<typeof openapi>;

/** A document of messages, as far as tests look into it. */
const asyncapi = z.looseObject({
  servers: z.record(
    z.string(),
    z.looseObject({
      host: z.string(),
      protocol: z.string(),
      pathname: z.string().optional(),
    }),
  ),
  channels: z.record(
    z.string(),
    z.looseObject({
      address: z.string().nullable(),
      bindings: z.looseObject({ ws: z.looseObject({}).optional() }).optional(),
      messages: z.record(z.string(), z.looseObject({ payload: z.looseObject({}) })),
    }),
  ),
});
export type AsyncApi = z.infer<typeof asyncapi>;

export async function openapiAt(origin: string): Promise<OpenApi> {
  return openapi.parse(await (await fetch(`${origin}/openapi.json`)).json());
}

export async function asyncapiAt(
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<AsyncApi> {
  return asyncapi.parse(await (await fetch(`${origin}/asyncapi.json`, { headers })).json());
}

/** The operations of a document, as `GET /path`. */
export function operationsIn({ paths }: OpenApi): string[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    )
    .sort();
}
