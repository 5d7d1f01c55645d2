import type { Place } from "../support/stores.ts";
import { appendPromises } from "./promises/append.ts";
import { cuttingPromises } from "./promises/cutting.ts";
import { dropPromises } from "./promises/drop.ts";
import { followPromises } from "./promises/follow.ts";
import { idPromises } from "./promises/ids.ts";
import { instancePromises } from "./promises/instances.ts";
import { largePromises } from "./promises/large.ts";
import { limitPromises } from "./promises/limits.ts";
import { gatherPromises } from "./promises/gather.ts";
import { lookAheadPromises } from "./promises/look_ahead.ts";
import { mergingPromises } from "./promises/merging.ts";
import { otherPromises } from "./promises/others.ts";
import { positionPromises } from "./promises/positions.ts";
import { producerPromises } from "./promises/producers.ts";
import { rewindingPromises } from "./promises/rewinding.ts";
import { rowPromises } from "./promises/rows.ts";

/** What the log promises on every store, by its sentence. */
export type Promises = Readonly<Record<string, (place: Place) => Promise<void>>>;

export const PROMISES: Promises = {
  ...appendPromises,
  ...idPromises,
  ...producerPromises,
  ...limitPromises,
  ...largePromises,
  ...gatherPromises,
  ...lookAheadPromises,
  ...mergingPromises,
  ...positionPromises,
  ...followPromises,
  ...instancePromises,
  ...otherPromises,
  ...rowPromises,
  ...dropPromises,
  ...cuttingPromises,
  ...rewindingPromises,
};
