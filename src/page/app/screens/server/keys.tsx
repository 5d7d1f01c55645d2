import { useState } from "preact/hooks";
import { dateTime } from "../../base/format.ts";
import { ask } from "../../data/api.ts";
import { useJson } from "../../data/resource.ts";
import type { KeyEntry } from "../../data/watching.ts";
import { agoColumn } from "../../parts/ago.tsx";
import { Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { SureButton } from "../../parts/sure_button.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { MakeKey } from "./make_key.tsx";

const PATH = "v1/keys";

/** Who may do what. */
export function KeysScreen() {
  const [isMaking, setMaking] = useState(false);
  const all = useJson<{ keys: readonly KeyEntry[] }>(PATH);
  return (
    <>
      <PageHead
        title="Keys"
        about="A key is shown once, when it is made; what was opened with one that is revoked is closed."
        actions={
          <button type="button" class="button button-main" onClick={() => setMaking(true)}>
            Make a key
          </button>
        }
      />
      <Shown of={all} lines={6}>
        {({ keys }) => (
          <Table
            caption="Keys"
            columns={columns(all.reload)}
            rows={keys}
            rowKey={({ id }) => id}
            order={{ key: "created", isDown: true }}
            empty={
              <Empty title="No keys yet">
                Whoever reaches this server may read and append. Once a key was made, keys are
                needed for good.
              </Empty>
            }
          />
        )}
      </Shown>
      {isMaking && (
        <MakeKey
          isFirst={all.value?.keys.length === 0}
          close={() => {
            setMaking(false);
            all.reload();
          }}
        />
      )}
      <SameAs
        requests={[
          { path: PATH },
          {
            path: PATH,
            method: "POST",
            body: { name: "dashboard", scopes: ["read"], chains: ["*"] },
          },
        ]}
      />
    </>
  );
}

function columns(reload: () => void): readonly Column<KeyEntry>[] {
  return [
    { key: "name", head: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
    {
      key: "id",
      head: "Id",
      width: "136px",
      cell: ({ id }) => <span class="mono">{id}</span>,
    },
    {
      key: "scopes",
      head: "May",
      width: "168px",
      cell: ({ scopes }) => (
        <span class="tags">
          {scopes.map((scope) => (
            <Tag key={scope} tone={scope === "admin" ? "warn" : "plain"}>{scope}</Tag>
          ))}
        </span>
      ),
      sort: ({ scopes }) => scopes.join(),
    },
    {
      key: "chains",
      head: "Of",
      width: "200px",
      cell: ({ chains }) => (
        <span class="mono" title={chains.join("\n")}>
          {chains.join() === "*" ? "all chains" : chains.join(", ")}
        </span>
      ),
    },
    agoColumn(({ createdAt }) => createdAt, {
      key: "created",
      head: "Made",
      isNumber: true,
      sort: ({ createdAt }) => createdAt,
    }),
    {
      key: "state",
      head: "State",
      width: "168px",
      cell: (key) => <KeyState of={key} />,
      sort: ({ revokedAt }) => revokedAt ?? "",
    },
    {
      key: "revoke",
      head: <span class="unseen">Revoke</span>,
      width: "96px",
      isNumber: true,
      cell: ({ id, name, revokedAt }) =>
        revokedAt === null && (
          <SureButton
            label="Revoke"
            sure="For good?"
            title={`the key ${name}`}
            act={async () => {
              await ask(`${PATH}/${id}`, { method: "DELETE" });
              reload();
            }}
          />
        ),
    },
  ];
}

function KeyState({ of: { expiresAt, revokedAt } }: { readonly of: KeyEntry }) {
  if (revokedAt !== null) return <Tag tone="bad">revoked</Tag>;
  if (expiresAt === null) return <Tag tone="good">good</Tag>;
  const end = Date.parse(expiresAt);
  return end < Date.now()
    ? <Tag tone="bad">over</Tag>
    : <span title={`${dateTime(end)} UTC`}>until {dateTime(end).slice(0, 10)}</span>;
}
