import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../../base/format.ts";
import { theKey } from "../../base/key.ts";
import { addressOf, ask, askLines } from "../../data/api.ts";
import { chainPath } from "../../data/chains.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure } from "../../parts/states.tsx";
import { Facts } from "../../parts/facts.tsx";

/** A line of the answer to `verify`. */
type VerifyLine =
  | { readonly progress: { readonly done: number; readonly total: number } }
  | { readonly ok: true; readonly events: number; readonly commits: number; readonly rows: number }
  | {
    readonly ok: false;
    readonly damages: readonly { readonly offset?: number; readonly reason: string }[];
    readonly untold: number;
  };

/** Has a whole chain walked over: every event, every link of its hashes, every row. */
export function VerifyButton({ chain }: { readonly chain: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>Verify</button>
      {isOpen && <Verify chain={chain} close={() => setOpen(false)} />}
    </>
  );
}

function Verify({ chain, close }: { readonly chain: string; readonly close: () => void }) {
  const [line, set] = useState<VerifyLine | undefined>();
  const [error, setError] = useState<Error | undefined>();
  useEffect(() => {
    const ended = new AbortController();
    const run = async () => {
      const options = { method: "POST", signal: ended.signal } as const;
      for await (const told of askLines<VerifyLine>(`${chainPath(chain)}/verify`, options)) {
        set(told);
      }
    };
    run().catch((failure) => ended.signal.aborted || setError(failure));
    return () => ended.abort();
  }, [chain]);
  const isDone = line !== undefined && "ok" in line;
  const progress = line !== undefined && "progress" in line ? line.progress : undefined;
  const value = isDone
    ? 1
    : progress === undefined
    ? 0
    : progress.done / Math.max(1, progress.total);
  return (
    <Dialog title={`Verify ${chain}`} close={close}>
      {error !== undefined ? <Failure error={error} /> : (
        <>
          <progress class="progress" aria-label="How far it is" max={1} value={value} />
          <p class="about" role="status">
            {!isDone
              ? progress === undefined
                ? "Reading…"
                : `${count(progress.done)} of ${count(progress.total)} events`
              : line.ok
              ? "Every event, every link of the hashes and every row is as it was written."
              : "Damage was found."}
          </p>
          {isDone && line.ok && (
            <Facts
              facts={{
                Events: count(line.events),
                Commits: count(line.commits),
                Rows: count(line.rows),
              }}
            />
          )}
          {isDone && !line.ok && (
            <ul class="damages">
              {line.damages.map(({ offset, reason }, at) => (
                <li key={at}>{offset === undefined ? "" : `${count(offset)}: `}{reason}</li>
              ))}
              {line.untold > 0 && <li>{count(line.untold)} more</li>}
            </ul>
          )}
        </>
      )}
    </Dialog>
  );
}

/** Keeps a whole chain as a file, in the lines that `import` reads. */
export function ExportButton({ chain }: { readonly chain: string }) {
  const [state, set] = useState<"ready" | "busy" | "failed">("ready");
  const link = useRef<HTMLAnchorElement>(null);
  const path = `${chainPath(chain)}/export`;
  const name = `${chain.replaceAll("/", "-")}.ndjson`;
  // A link shows no key, so that with one the file is made here.
  if (theKey.value === undefined) {
    return <a class="button" href={addressOf(path)} download={name}>Export</a>;
  }
  const run = async () => {
    set("busy");
    try {
      const url = URL.createObjectURL(await (await ask(path)).blob());
      Object.assign(link.current ?? {}, { href: url });
      link.current?.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      set("ready");
    } catch {
      set("failed");
    }
  };
  return (
    <>
      <a ref={link} hidden download={name} aria-hidden="true" />
      <button type="button" class="button" onClick={run} disabled={state === "busy"}>
        {state === "busy" ? "Exporting…" : state === "failed" ? "Export failed" : "Export"}
      </button>
    </>
  );
}
