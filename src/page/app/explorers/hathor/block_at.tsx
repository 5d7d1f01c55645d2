import { useEffect } from "preact/hooks";
import { goTo, hrefOf, pathOf } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Shown } from "../../parts/states.tsx";
import { HathorHead } from "./head.tsx";
import type { ListedVertex } from "./node/answers.ts";
import { askNode } from "./node/node.ts";

/** Leads from a height to the block of the best chain that is there now. */
export function HathorBlockAt({ params: { height = "" } }: ScreenProps) {
  const found = useResource(
    `hathor block ${height}`,
    (signal) =>
      askNode<{ readonly block: ListedVertex }>(`block_at_height?height=${height}`, signal),
  );
  const hash = found.value?.block.tx_id;
  useEffect(() => {
    if (hash !== undefined) goTo(hrefOf(pathOf("hathor", "tx", hash)), "replace");
  }, [hash]);
  return (
    <>
      <HathorHead title={`Block ${height}`} />
      <Shown of={found} lines={12}>{() => null}</Shown>
    </>
  );
}
