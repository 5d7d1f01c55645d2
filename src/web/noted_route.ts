/** Where a request carries the route that it was answered by, and whose that is. */
const ROUTE = Symbol("route");
const LEDGER = Symbol("ledger");

interface Carrier {
  [ROUTE]?: string;
  [LEDGER]?: string;
}

/**
 * Notes the route of a request, for counts and logs: its pattern, which is one of a few that the
 * program has, never what a client has written.
 */
export function noteRoute(request: Request, route: string): void {
  (request as Carrier)[ROUTE] = route;
}

/** Notes whose the route of a request is: a ledger's, by its name, or the server's own. */
export function noteLedger(request: Request, ledger: string): void {
  (request as Carrier)[LEDGER] = ledger;
}

/** Whose the route of a request is; undefined where that was not noted. */
export function notedLedger(request: Request): string | undefined {
  return (request as Carrier)[LEDGER];
}

/** The route of a request; undefined where none was noted. */
export function routeOf(request: Request): string | undefined {
  return (request as Carrier)[ROUTE];
}
