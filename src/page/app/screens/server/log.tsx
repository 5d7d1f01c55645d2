import { useState } from "preact/hooks";
import { clockTime } from "../../base/format.ts";
import { preview } from "../../base/preview.ts";
import { useJson } from "../../data/resource.ts";
import type { LogLineEntry } from "../../data/watching.ts";
import { Tag } from "../../parts/link.tsx";
import { PageHead } from "../../parts/page_head.tsx";
import { PartField } from "../../parts/part_field.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 2_000;

const PATH = "v1/log";

/** Levels, each with all that are worse. */
const LEVELS = ["debug", "info", "warning", "error"] as const;

const COLUMNS: readonly Column<readonly [number, LogLineEntry]>[] = [
  {
    key: "time",
    head: "Time, UTC",
    width: "112px",
    cell: ([, { ts }]) => <span class="mono muted" title={ts}>{clockTime(Date.parse(ts))}</span>,
  },
  {
    key: "level",
    head: "Level",
    width: "88px",
    cell: ([, { level }]) => <Tag tone={TONES[level] ?? "plain"}>{level}</Tag>,
  },
  {
    key: "component",
    head: "Part",
    width: "120px",
    cell: ([, { component }]) => <span class="muted">{component}</span>,
  },
  {
    key: "msg",
    head: "What",
    cell: ([, { ts: _ts, level: _level, component: _part, msg, ...facts }]) => (
      <span title={msg}>
        {msg}{" "}
        <span class="mono muted">{Object.keys(facts).length === 0 ? "" : preview(facts, 120)}</span>
      </span>
    ),
  },
];

const TONES: Readonly<Record<string, "warn" | "bad">> = {
  warning: "warn",
  error: "bad",
  fatal: "bad",
};

/** The last lines of the server's log, newest first. */
export function LogScreen() {
  const [least, setLeast] = useState<string>("debug");
  const [text, setText] = useState("");
  const all = useJson<{ lines: readonly LogLineEntry[] }>(PATH, EVERY_MS);
  const isWanted = ({ level, ...line }: LogLineEntry) =>
    rankOf(level) >= rankOf(least) && (text === "" || JSON.stringify(line).includes(text));
  return (
    <>
      <PageHead
        title="Server log"
        about="The last 500 lines of this process, newest first, without secrets."
        actions={
          <>
            <select
              class="select"
              aria-label="The least that is shown"
              value={least}
              onChange={(event) => setLeast(event.currentTarget.value)}
            >
              {LEVELS.map((level) => <option key={level} value={level}>{level}</option>)}
            </select>
            <PartField label="Only lines with this in them" of="line" text={text} set={setText} />
          </>
        }
      />
      <Shown of={all} lines={14}>
        {({ lines }) => (
          <Table
            caption="Lines of the log, newest first"
            columns={COLUMNS}
            rows={lines.map((line, at) => [at, line] as const)
              .filter(([, line]) => isWanted(line)).reverse()}
            rowKey={([at, { ts }]) => `${ts} ${at}`}
            empty={lines.length === 0
              ? <Empty title="Nothing yet">What the server says is shown here.</Empty>
              : <Empty title="No such lines">Nothing of the last 500 lines is like that.</Empty>}
          />
        )}
      </Shown>
      <SameAs requests={[{ path: PATH }]} />
    </>
  );
}

function rankOf(level: string): number {
  const rank = LEVELS.findIndex((one) => one === level);
  return rank < 0 ? LEVELS.length : rank;
}
