import { NO_DENOKV } from "../support/denokv.ts";
import { testUnlessMissing } from "../support/missing.ts";
import { BACKENDS } from "../support/stores.ts";
import { PROMISES } from "./promises.ts";

for (const { name, place: makePlace } of BACKENDS) {
  for (const [sentence, holds] of Object.entries(PROMISES)) {
    const missing = makePlace === undefined ? NO_DENOKV : undefined;
    testUnlessMissing(`${name}: ${sentence}`, missing, async () => {
      if (makePlace === undefined) return;
      const place = await makePlace();
      try {
        await holds(place);
      } finally {
        await place.remove();
      }
    });
  }
}
