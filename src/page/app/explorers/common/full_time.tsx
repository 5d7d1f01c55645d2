import { dateTime } from "../../base/format.ts";
import { Ago } from "../../parts/ago.tsx";

/** A time in milliseconds since the epoch, and how long ago that is. */
export function FullTime({ time }: { readonly time: number }) {
  return (
    <>
      {dateTime(time)} UTC{" "}
      <span class="muted">
        · <Ago time={time} />
      </span>
    </>
  );
}
