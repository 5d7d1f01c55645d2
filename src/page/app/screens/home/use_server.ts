import { type Resource, useResource } from "../../data/resource.ts";
import { readServer, type ServerFacts, unlessRefused } from "../../data/watching.ts";

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

/** What this server is; nothing where it is an older one that does not say. */
export function useServer(): Resource<ServerFacts | undefined> {
  return useResource("server", (signal) => unlessRefused(readServer(signal), [404]), EVERY_MS);
}
