/** What is noted of a span. */
type Attributes = Readonly<Record<string, string | number>>;

/** A span of the runtime, as far as it is used here: its types are those of a module of npm. */
interface Span {
  setAttribute(name: string, value: unknown): unknown;
  recordException(error: unknown): void;
  end(): void;
}

interface Tracer {
  startSpan(name: string): Span;
  startActiveSpan<T>(name: string, options: object, task: (span: Span) => T): T;
}

/** Attributes by which the runtime tells a whole address, whose query may hold a key. */
const ADDRESSES: ReadonlySet<string> = new Set(["url.full", "http.url", "http.target"]);
const QUERIES: ReadonlySet<string> = new Set(["url.query"]);

let tracer: Tracer | undefined;

/**
 * Begins to trace, where the runtime was told to (`OTEL_DENO`): spans of this program, and no query
 * in those of the runtime's own. It notes addresses before any handler is asked, and a second value
 * stands beside the first, so its way to note them is replaced. Call it once on each thread.
 */
export function beginTraces(): void {
  if (tracer !== undefined || !isTraced()) return;
  const begun = tracerOfRuntime();
  if (begun === undefined) return;
  // One that does not end is told to nobody.
  const spans = Object.getPrototypeOf(begun.startSpan("none"));
  const note: Span["setAttribute"] = spans.setAttribute;
  spans.setAttribute = function (this: Span, name: string, value: unknown) {
    return note.call(this, name, shownValue(name, value));
  };
  const noteAll: (all: Record<string, unknown>) => unknown = spans.setAttributes;
  spans.setAttributes = function (this: Span, all: Record<string, unknown>) {
    const shown = Object.entries(all).map(([name, value]) => [name, shownValue(name, value)]);
    return noteAll.call(this, Object.fromEntries(shown));
  };
  tracer = begun;
}

/** Whether traces are told: what is done for every append asks first, and makes nothing for them. */
export function isTracing(): boolean {
  return tracer !== undefined;
}

/** Does something under a span of its own, where traces are told. */
export function traced<T>(
  name: string,
  attributes: Attributes,
  task: () => Promise<T>,
): Promise<T> {
  if (tracer === undefined) return task();
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await task();
    } catch (error) {
      span.recordException(error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Notes that something was done at once, where traces are told. */
export function traceDone(name: string, attributes: Attributes): void {
  tracer?.startActiveSpan(name, { attributes }, (span) => span.end());
}

function shownValue(name: string, value: unknown): unknown {
  if (QUERIES.has(name)) return "";
  return ADDRESSES.has(name) && typeof value === "string" ? value.replace(/[?#].*/s, "") : value;
}

function isTraced(): boolean {
  try {
    return ["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? "");
  } catch {
    return false;
  }
}

/** The runtime's tracer; undefined in one that has none. */
function tracerOfRuntime(): Tracer | undefined {
  const { telemetry } = Deno as { readonly telemetry?: typeof Deno.telemetry };
  // Its types are those of a module that is not needed for anything else.
  const provider = telemetry?.tracerProvider as { getTracer(name: string): Tracer } | undefined;
  return provider?.getTracer("ledgerline");
}
