import { useEffect } from "preact/hooks";
import { goTo } from "../../base/place.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { JsonTree } from "../../parts/json_tree.tsx";
import { Tag } from "../../parts/link.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Shown } from "../../parts/states.tsx";
import { HieraHead } from "./head.tsx";
import type { HieraEvent } from "./model.ts";
import { eventName, LEDGER_API, treePath, useHiera } from "./ledger.ts";
import { proofHref, TreeLink } from "./links.tsx";

interface EventAnswer {
  readonly status: string;
  readonly block_index: number | null;
  readonly position: number | null;
  readonly event: HieraEvent;
}

/** An event by its id, offset or ULID: shown while it waits for a block, and then in that. */
export function HieraEventAt({ params: { name = "", event = "" } }: ScreenProps) {
  const path = `${treePath(name)}/events/${encodeURIComponent(event)}`;
  const found = useHiera<EventAnswer>(path);
  const { block_index: block = null, position = null } = found.value ?? {};
  useEffect(() => {
    if (block !== null && position !== null) goTo(proofHref(name, block, position), "replace");
  }, [name, block, position]);
  return (
    <>
      <HieraHead
        title={found.value ? eventName(found.value.event) : "Event"}
        about={
          <>
            of <TreeLink chain={name} />
          </>
        }
        actions={block === null && found.value && <Tag tone="warn">waiting for a block</Tag>}
      />
      <Shown of={found} lines={10}>
        {(answer) => (
          <div class="card card-body">
            <JsonTree value={answer.event} />
          </div>
        )}
      </Shown>
      <SameAs requests={[{ path: LEDGER_API + path }]} />
    </>
  );
}
