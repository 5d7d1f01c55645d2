import { dateTime } from "../../base/format.ts";
import { Ago } from "../../parts/ago.tsx";

/** A time in seconds since the epoch, and how long ago that is. */
export function SecondsTime({ seconds }: { readonly seconds: number }) {
  return (
    <>
      {dateTime(seconds * 1_000)} UTC{" "}
      <span class="muted">
        · <Ago time={seconds * 1_000} />
      </span>
    </>
  );
}
