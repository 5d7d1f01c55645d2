import type { Context } from "hono";
import type { RequestEnv } from "./ledger.ts";
import type { Tells } from "./operation.ts";

/** A route with what it does; `told` is undefined where nobody has said. */
export interface DescribedRoute {
  readonly method: string;
  /** With parts such as `:name`, and `#height` for one of digits. */
  readonly path: string;
  readonly told: Tells | undefined;
  /** Whether no key is needed, where its operation does not say so. */
  readonly isOpen?: boolean;
}

type Handler = (c: Context<RequestEnv>, ...rest: never[]) => unknown;

/** A handler that says what it does. */
export function described<H extends Handler>(told: Tells, handler: H): H {
  return Object.assign(handler, { told });
}

/** A handler with the routes behind it, whose paths go on where its own ends. */
export function answering<H extends Handler>(
  handler: H,
  routes: () => Iterable<DescribedRoute>,
): H {
  return Object.assign(handler, { routes });
}

/** A handler that only lets through, or refuses, what is no operation. */
export function noOperation<H extends Handler>(handler: H): H {
  return answering(handler, () => []);
}

/** Where an app keeps a handler that it has put another around. */
const INNER = "__COMPOSED_HANDLER";

/** Every route of an app, with what it does. What answers any method says which ones it has. */
export function* routesOf(
  app: { readonly routes: readonly { method: string; path: string; handler: unknown }[] },
): Generator<DescribedRoute> {
  for (const { method, path, handler: outer } of app.routes) {
    const handler = member(outer, INNER) ?? outer;
    const behind = member(handler, "routes");
    if (!isRoutes(behind)) {
      const told = member(handler, "told");
      yield { method, path, told: isTold(told) ? told : undefined };
      continue;
    }
    const stem = path.replace(/\/?\*$/, "");
    for (const route of behind()) yield { ...route, path: stem + route.path || "/" };
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "function" ? Reflect.get(value, name) : undefined;
}

// Both are put on handlers here alone.
function isTold(value: unknown): value is Tells {
  return typeof value === "function";
}

function isRoutes(value: unknown): value is () => Iterable<DescribedRoute> {
  return typeof value === "function";
}
