import type { ComponentChildren } from "preact";
import { isKeyWanted } from "../base/key.ts";
import { ApiError } from "../data/api.ts";
import type { Resource } from "../data/resource.ts";

/** Bars of the height of what is being waited for, so that nothing moves when it comes. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => <span key={line} class="loading-line" />)}
    </div>
  );
}

/** What stands where there is nothing. */
export function Empty(
  { title, children, action }: {
    readonly title: string;
    readonly children?: ComponentChildren;
    readonly action?: ComponentChildren;
  },
) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children !== undefined && <p class="state-text">{children}</p>}
      {action}
    </div>
  );
}

/** Why something cannot be shown, in the server's words, and what may be done. */
export function Failure(
  { error, retry }: { readonly error: Error; readonly retry?: (() => void) | undefined },
) {
  const code = error instanceof ApiError ? error.code : "error";
  const isKey = error instanceof ApiError && (error.status === 401 || error.status === 403);
  return (
    <div class="state state-bad" role="alert">
      <p class="state-title">{titleOf(error)}</p>
      <p class="state-text">
        {error.message} <code>{code}</code>
      </p>
      <div class="row">
        {retry && <button type="button" class="button" onClick={retry}>Try again</button>}
        {isKey && (
          <button type="button" class="button" onClick={() => isKeyWanted.set(true)}>
            Use another key
          </button>
        )}
      </div>
    </div>
  );
}

function titleOf(error: Error): string {
  if (!(error instanceof ApiError)) return "This could not be shown";
  switch (error.status) {
    case undefined:
      return error.code === "unreachable" ? "The server does not answer" : "The server failed";
    case 401:
      return "A key is needed";
    case 403:
      return "This key may not see this";
    case 404:
      return "There is nothing here";
    default:
      return "The server refused";
  }
}

/** What a resource gives, or that it is on its way, or why it is not there. */
export function Shown<T>(
  { of: { value, error, reload }, lines, children }: {
    readonly of: Resource<T>;
    /** Lines that it will be high, about. */
    readonly lines?: number;
    readonly children: (value: T) => ComponentChildren;
  },
) {
  if (value !== undefined) {
    return (
      <>
        {error !== undefined && (
          <p class="note note-bad" role="status">
            This may be old: {error.message}
          </p>
        )}
        {children(value)}
      </>
    );
  }
  return error === undefined
    ? <Loading lines={lines ?? 4} />
    : <Failure error={error} retry={reload} />;
}
