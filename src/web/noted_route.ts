/** Where a request carries the route that it was answered by. */
const ROUTE = Symbol("route");

interface Carrier {
  [ROUTE]?: string;
}

/**
 * Notes the route of a request, for counts and logs: its pattern, which is one of a few that the
 * program has, never what a client has written.
 */
export function noteRoute(request: Request, route: string): void {
  (request as Carrier)[ROUTE] = route;
}

/** The route of a request; undefined where none was noted. */
export function routeOf(request: Request): string | undefined {
  return (request as Carrier)[ROUTE];
}
