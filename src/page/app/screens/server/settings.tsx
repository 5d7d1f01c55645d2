import { useState } from "preact/hooks";
import { useJson } from "../../data/resource.ts";
import type { SettingEntry } from "../../data/watching.ts";
import { Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { PartField } from "../../parts/part_field.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";

const PATH = "v1/settings";

const COLUMNS: readonly Column<SettingEntry>[] = [
  {
    key: "name",
    head: "Setting",
    width: "232px",
    cell: ({ name, variable }) => <span class="mono" title={variable}>{name}</span>,
    sort: ({ name }) => name,
  },
  { key: "value", head: "Value", width: "208px", cell: (setting) => <Value of={setting} /> },
  {
    key: "origin",
    head: "From",
    width: "112px",
    cell: ({ origin }) => <Tag tone={origin === "default" ? "plain" : "accent"}>{origin}</Tag>,
    sort: ({ origin }) => origin,
  },
  {
    key: "doc",
    head: "What it is",
    cell: ({ doc }) => <span class="muted wrapped">{doc}</span>,
  },
];

/** The settings in force, and where each is from. */
export function SettingsScreen() {
  const [text, setText] = useState("");
  const [isGivenOnly, setGivenOnly] = useState(false);
  const all = useJson<{ settings: readonly SettingEntry[] }>(PATH);
  return (
    <>
      <PageHead
        title="Settings"
        about="A setting comes from its flag, else from its variable, else from the file, else from its default."
        actions={
          <>
            <label class="check">
              <input
                type="checkbox"
                checked={isGivenOnly}
                onChange={(event) => setGivenOnly(event.currentTarget.checked)}
              />
              <span>Only those that were set</span>
            </label>
            <PartField
              label="Only settings with this in their name"
              of="name"
              text={text}
              set={setText}
            />
          </>
        }
      />
      <Shown of={all} lines={14}>
        {({ settings }) => (
          <Table
            caption="Settings in force"
            columns={COLUMNS}
            rows={settings.filter(({ name, origin }) =>
              name.includes(text.trim()) && (!isGivenOnly || origin !== "default")
            )}
            rowKey={({ name }) => name}
            empty={
              <Empty title="No such setting">
                {isGivenOnly ? "Nothing was set: all have their defaults." : "None has that name."}
              </Empty>
            }
          />
        )}
      </Shown>
      <SameAs requests={[{ path: PATH }]} />
    </>
  );
}

function Value({ of: { value, isSecret, origin } }: { readonly of: SettingEntry }) {
  if (isSecret) return <span class="muted">{origin === "default" ? "none" : "hidden"}</span>;
  if (value === null) return <span class="muted">off</span>;
  if (value === "" || (Array.isArray(value) && value.length === 0)) {
    return <span class="muted">none</span>;
  }
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return <span class="mono" title={text}>{text}</span>;
}
