import { byteSize, count, shortened } from "../../base/format.ts";
import { askJson } from "../../data/api.ts";
import { chainPath } from "../../data/chains.ts";
import { useResource } from "../../data/resource.ts";
import { unlessRefused } from "../../data/watching.ts";
import { Ago } from "../../parts/ago.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

/** A chain at a glance, as `GET /v1/chains/<chain>` has it. */
interface Glance {
  readonly epoch: string;
  readonly head: { readonly time: string; readonly hash: string };
  readonly events: number;
  readonly commits: number;
  readonly bytes: number;
}

/** A chain in a line. */
export function ChainFacts(
  { chain, next }: { readonly chain: string; readonly next: number | undefined },
) {
  const { value, error } = useResource(`facts ${chain}`, async (signal) => {
    const asked = askJson<Glance>(chainPath(chain), { signal });
    return { glance: await unlessRefused(asked, [404]) };
  }, EVERY_MS);
  if (value === undefined) return <>{error?.message ?? "…"}</>;
  if (value.glance === undefined) return <>There is no such chain yet</>;
  const { epoch, head: { time, hash }, events, commits, bytes } = value.glance;
  return (
    <span class="row facts-line">
      <span>{count(Math.max(next ?? 0, events))} events</span>
      <span>{count(commits)} commits</span>
      <span>{byteSize(bytes)}</span>
      <span>
        last <Ago time={time} />
      </span>
      <span class="mono" title={`Epoch ${epoch}`}>
        epoch {shortened(epoch, 12)}
      </span>
      <span class="mono" title={`Hash of the head ${hash}`}>
        head {shortened(hash, 16)}
      </span>
    </span>
  );
}
