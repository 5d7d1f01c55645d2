/** What the marks of the drawing mean. */
export function Legend() {
  return (
    <ul class="dag-legend" aria-label="What the marks mean">
      <li>
        <svg viewBox="-24 -14 48 28" aria-hidden="true">
          <g class="dag-node" data-state="counts" data-block="true" data-colour="0">
            <rect x="-20" y="-11" width="40" height="22" rx="5" />
          </g>
        </svg>
        block of the best chain
      </li>
      <li>
        <svg viewBox="-12 -12 24 24" aria-hidden="true">
          <g class="dag-node" data-state="counts" data-colour="0">
            <circle r="8" />
          </g>
        </svg>
        transaction, in the colour of the block that confirms it first
      </li>
      <li>
        <svg viewBox="-12 -12 24 24" aria-hidden="true">
          <g class="dag-node" data-state="waiting">
            <circle r="8" />
          </g>
        </svg>
        waiting
      </li>
      <li>
        <svg viewBox="-12 -12 24 24" aria-hidden="true">
          <g class="dag-node" data-state="voided">
            <circle r="8" />
            <path class="dag-cross" d="M-4,-4L4,4M4,-4L-4,4" />
          </g>
        </svg>
        voided
      </li>
      <li>Drag to move, Ctrl and the wheel to zoom, arrow keys to walk</li>
    </ul>
  );
}
