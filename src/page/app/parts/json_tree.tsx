import { useState } from "preact/hooks";

/** Members of a list or an object that are shown at once. */
const AT_ONCE = 100;

/** Levels that are open at first. */
const OPEN = 2;

/** Characters of a text that are shown at once. */
const TEXT = 400;

/** A value of JSON whose parts can be closed. */
export function JsonTree({ value }: { readonly value: unknown }) {
  return (
    <div class="json mono">
      <Node name="" value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  readonly name: string;
  readonly value: unknown;
  readonly depth: number;
}

function Node({ name, value, depth }: NodeProps) {
  const [isOpen, setOpen] = useState(depth < OPEN);
  const [most, setMost] = useState(AT_ONCE);
  if (typeof value !== "object" || value === null) {
    return (
      <div class="json-leaf">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [before, after] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div class="json-leaf">
        <Name name={name} />
        <span class="json-mark">{before}{after}</span>
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        class="json-toggle"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span class="json-arrow" aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
        <Name name={name} />
        <span class="json-mark">
          {before}
          {isOpen ? "" : ` ${entries.length} ${after}`}
        </span>
      </button>
      {isOpen && (
        <div class="json-inside">
          {entries.slice(0, most).map(([key, inner]) => (
            <Node
              key={key}
              name={isList ? "" : key}
              value={inner}
              depth={depth + 1}
            />
          ))}
          {entries.length > most && (
            <button
              type="button"
              class="link"
              onClick={() => setMost(most + AT_ONCE * 10)}
            >
              {entries.length - most} more
            </button>
          )}
        </div>
      )}
      {isOpen && <span class="json-mark json-end">{after}</span>}
    </div>
  );
}

function Name({ name }: { readonly name: string }) {
  return name === "" ? null : <span class="json-name">{name}:</span>;
}

function Leaf({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span class={`json-${value === null ? "null" : typeof value}`}>{String(value)}</span>;
  }
  if (value.length <= TEXT || isWhole) return <span class="json-string">"{value}"</span>;
  return (
    <>
      <span class="json-string">"{value.slice(0, TEXT)}…"</span>{" "}
      <button type="button" class="link" onClick={() => setWhole(true)}>
        all {value.length} characters
      </button>
    </>
  );
}
