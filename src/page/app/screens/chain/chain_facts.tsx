import { byteSize, count, shortened } from "../../base/format.ts";
import { askJson } from "../../data/api.ts";
import { chainPath, listChains } from "../../data/chains.ts";
import { useResource } from "../../data/resource.ts";
import { Ago } from "../../parts/ago.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

/** A chain's end, as `GET /v1/chains/<chain>` has it. */
interface Glance {
  readonly head: { readonly hash: string } | null;
}

/** A chain in a line. */
export function ChainFacts(
  { chain, next }: { readonly chain: string; readonly next: number | undefined },
) {
  const { value } = useResource(`facts ${chain}`, async (signal) => {
    const [all, glance] = await Promise.all([
      listChains(chain, signal),
      askJson<Glance>(chainPath(chain), { signal }).catch(() => undefined),
    ]);
    return { summary: all.find((one) => one.chain === chain), hash: glance?.head?.hash };
  }, EVERY_MS);
  const summary = value?.summary;
  if (summary === undefined) return <>{value === undefined ? "…" : "There is no such chain yet"}</>;
  return (
    <span class="row facts-line">
      <span>{count(Math.max(next ?? 0, summary.events))} events</span>
      <span>{count(summary.commits)} commits</span>
      <span>{byteSize(summary.bytes)}</span>
      <span>
        last <Ago time={summary.time} />
      </span>
      <span class="mono" title={`Epoch ${summary.epoch}`}>
        epoch {shortened(summary.epoch, 12)}
      </span>
      {value?.hash !== undefined && (
        <span class="mono" title={`Hash of the head ${value.hash}`}>
          head {shortened(value.hash, 16)}
        </span>
      )}
    </span>
  );
}
