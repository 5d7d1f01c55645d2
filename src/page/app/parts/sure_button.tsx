import { useEffect, useState } from "preact/hooks";

/** Milliseconds in which it has to be pressed again. */
const SURE_MS = 4_000;

/** A button for what cannot be taken back: it is pressed twice. */
export function SureButton(
  { label, sure, title, act }: {
    readonly label: string;
    /** What it says before it is pressed again. */
    readonly sure: string;
    /** What it would do, for whoever hears the page. */
    readonly title: string;
    readonly act: () => Promise<void>;
  },
) {
  const [state, set] = useState<"ready" | "asked" | "busy" | "failed">("ready");
  useEffect(() => {
    if (state !== "asked" && state !== "failed") return;
    const timer = setTimeout(() => set("ready"), SURE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const press = async () => {
    if (state !== "asked") return set("asked");
    set("busy");
    await act().then(() => set("ready"), () => set("failed"));
  };
  return (
    <button
      type="button"
      class="choice sure"
      data-state={state}
      disabled={state === "busy"}
      aria-label={`${state === "asked" ? sure : label}: ${title}`}
      onClick={press}
    >
      {state === "asked" ? sure : state === "failed" ? "failed" : label}
    </button>
  );
}
