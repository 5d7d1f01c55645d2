import { byteSize, count, perSecond } from "../../base/format.ts";
import { ask } from "../../data/api.ts";
import { useJson } from "../../data/resource.ts";
import type { ConnectionEntry, Connections } from "../../data/watching.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { ChainLink, Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { SureButton } from "../../parts/sure_button.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 2_000;

/** Connections that are shown: those furthest behind. */
const ROWS = 300;

/** Who is there, and how far behind. */
export function ConnectionsScreen() {
  const path = `v1/connections?limit=${ROWS}`;
  const all = useJson<Connections>(path, EVERY_MS);
  return (
    <>
      <PageHead
        title="Connections"
        about="Sockets, event streams, long polls and follows of this server, those furthest behind first."
      />
      <Shown of={all} lines={10}>
        {({ connections, total, sharesStore }) => (
          <>
            {sharesStore && (
              <p class="note">Other servers over the same store may have more connections.</p>
            )}
            <Table
              caption="Connections"
              columns={columns(all.reload)}
              rows={connections}
              rowKey={({ id }) => id}
              order={{ key: "lag", isDown: true }}
              empty={
                <Empty title="Nobody is connected">
                  Whoever opens a socket, an event stream or a long poll is listed here.
                </Empty>
              }
            />
            {total > connections.length && (
              <p class="about">{count(total - connections.length)} more are less far behind.</p>
            )}
          </>
        )}
      </Shown>
      <SameAs requests={[{ path }]} />
    </>
  );
}

function columns(reload: () => void): readonly Column<ConnectionEntry>[] {
  return [
    {
      key: "who",
      head: "Client",
      width: "172px",
      cell: ({ address, agent }) => (
        <span title={agent ?? undefined}>
          <span class="mono">{address}</span>{" "}
          <span class="muted">{agent?.split("/", 1)[0] ?? ""}</span>
        </span>
      ),
      sort: ({ address }) => address,
    },
    {
      key: "kind",
      head: "Kind",
      width: "112px",
      cell: ({ kind }) => <Tag>{kind}</Tag>,
      sort: ({ kind }) => kind,
    },
    { key: "follows", head: "Follows", cell: (row) => <Follows row={row} /> },
    {
      key: "key",
      head: "Key",
      width: "84px",
      cell: ({ key }) =>
        key === null
          ? <span class="muted">–</span>
          : <span title={key.id}>{key.name ?? key.id}</span>,
      sort: ({ key }) => key?.name ?? "",
    },
    agoColumn(({ since }) => since, {
      key: "since",
      head: "Since",
      width: "84px",
      isNumber: true,
      sort: ({ since }) => since,
    }),
    {
      key: "lag",
      head: "Behind",
      width: "84px",
      isNumber: true,
      cell: ({ lagEvents }) => <Lag events={lagEvents} />,
      sort: ({ lagEvents }) => lagEvents ?? -1,
    },
    {
      key: "seconds",
      head: "By",
      width: "72px",
      isNumber: true,
      cell: ({ lagSeconds }) => lagSeconds === null ? "–" : `${perSecond(lagSeconds)} s`,
      sort: ({ lagSeconds }) => lagSeconds ?? -1,
    },
    {
      key: "buffered",
      head: "Buffered",
      width: "80px",
      isNumber: true,
      cell: ({ bufferedBytes }) => bufferedBytes === 0 ? "0" : byteSize(bufferedBytes),
      sort: ({ bufferedBytes }) => bufferedBytes,
    },
    {
      key: "rate",
      head: "Sent/s",
      width: "68px",
      isNumber: true,
      cell: ({ messagesPerSecond, bytesPerSecond }) => (
        <span title={`${byteSize(bytesPerSecond)} a second`}>{perSecond(messagesPerSecond)}</span>
      ),
      sort: ({ messagesPerSecond }) => messagesPerSecond,
    },
    {
      key: "cut",
      head: <span class="unseen">Cut</span>,
      width: "72px",
      isNumber: true,
      cell: ({ id, address }) => (
        <SureButton
          label="Cut"
          sure="Sure?"
          title={`the connection of ${address}`}
          act={async () => {
            await ask(`v1/connections/${encodeURIComponent(id)}`, { method: "DELETE" });
            reload();
          }}
        />
      ),
    },
  ];
}

function Follows({ row: { follows, followed } }: { readonly row: ConnectionEntry }) {
  const [first] = follows;
  if (first === undefined) return <span class="muted">nothing</span>;
  return (
    <span
      title={follows.map(({ chain, offset, next }) => `${chain} at ${offset} of ${next}`).join(
        "\n",
      )}
    >
      <ChainLink chain={first.chain} />{" "}
      <span class="muted">
        {first.filter !== null && first.filter !== "" ? `${first.filter} ` : ""}
        {followed > 1 ? `and ${count(followed - 1)} more` : ""}
      </span>
    </span>
  );
}

function Lag({ events }: { readonly events: number | null }) {
  if (events === null) return <>–</>;
  if (events === 0) return <span class="muted">0</span>;
  return <Tag tone={events > 10_000 ? "bad" : "warn"}>{count(events)}</Tag>;
}
