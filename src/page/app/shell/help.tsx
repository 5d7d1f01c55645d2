import type { Screen } from "../base/screen.ts";
import { Dialog } from "../parts/dialog.tsx";

/** What keys do. */
export function Help(
  { screens, close }: { readonly screens: readonly Screen[]; readonly close: () => void },
) {
  const places = screens.flatMap(({ nav }) =>
    nav?.letter === undefined ? [] : [[`g ${nav.letter}`, nav.label] as const]
  );
  const keys = [["/", "Search"], ["?", "This list"], ["Esc", "Close"], ...places] as const;
  return (
    <Dialog title="Keyboard" close={close}>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>{key.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
