import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** What the address of a chain's screen says. */
export interface LogQuery {
  /** The event that is shown beside the list: an offset, a ULID or a time. */
  readonly at: string | undefined;
  /** Changes when the list is to go there. */
  readonly jump: string | undefined;
  readonly types: readonly string[];
  readonly keys: readonly string[];
}

/** Reads it. */
export function readQuery(query: URLSearchParams): LogQuery {
  return {
    at: query.get("at") ?? undefined,
    jump: query.get("jump") ?? undefined,
    types: query.getAll("types"),
    keys: query.getAll("keys"),
  };
}

/** Where to go, and which events to show. */
export function Filters(
  { asked, change, status }: {
    readonly asked: LogQuery;
    readonly change: (next: LogQuery) => void;
    readonly status: ComponentChildren;
  },
) {
  const jump = (text: string) => {
    if (text === "") return;
    change({ ...asked, at: text, jump: String(Date.now()) });
  };
  return (
    <div class="toolbar">
      <Asked
        label="Jump to"
        placeholder="offset, ULID or time"
        value={asked.at ?? ""}
        take={jump}
      />
      <Asked
        label="Types"
        placeholder="all"
        value={asked.types.join(", ")}
        take={(text) => change({ ...asked, types: listOf(text) })}
      />
      <Asked
        label="Keys"
        placeholder="all"
        value={asked.keys.join(", ")}
        take={(text) => change({ ...asked, keys: listOf(text) })}
      />
      <div class="row toolbar-end">{status}</div>
    </div>
  );
}

/**
 * A field whose text counts when Enter is pressed or it is left. Until then what is typed stays,
 * whatever happens elsewhere.
 */
function Asked(
  { label, placeholder, value, take }: {
    readonly label: string;
    readonly placeholder: string;
    readonly value: string;
    readonly take: (text: string) => void;
  },
) {
  const [typed, setTyped] = useState<string | undefined>();
  const done = () => {
    setTyped(undefined);
    const text = typed?.trim() ?? value;
    if (text !== value) take(text);
  };
  return (
    <label class="asked">
      <span>{label}</span>
      <input
        class="input mono"
        type="text"
        spellcheck={false}
        placeholder={placeholder}
        value={typed ?? value}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
      />
    </label>
  );
}

function listOf(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}
