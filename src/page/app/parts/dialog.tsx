import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** A box over the page that has the keyboard until it is closed. */
export function Dialog(
  { title, close, children }: {
    readonly title: string;
    readonly close: () => void;
    readonly children: ComponentChildren;
  },
) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (box.current?.open === false) box.current.showModal();
  }, []);
  return (
    <dialog ref={box} class="dialog" aria-labelledby={id} onClose={close} onCancel={close}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button button-quiet" aria-label="Close" onClick={close}>
          <span aria-hidden="true">✕</span>
        </button>
      </div>
      {children}
    </dialog>
  );
}
