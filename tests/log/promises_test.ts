import { fail } from "@std/assert";
import { BACKENDS } from "../support/stores.ts";
import { PROMISES } from "./promises.ts";

for (const { name, place: makePlace } of BACKENDS) {
  if (makePlace === undefined) {
    Deno.test({
      name: `${name}: skipped, ${name} is not installed`,
      ignore: Deno.env.get("CI") !== "true",
      fn: () => fail(`CI must hold the promises against ${name}: install it`),
    });
    continue;
  }
  for (const [sentence, holds] of Object.entries(PROMISES)) {
    Deno.test(`${name}: ${sentence}`, async () => {
      const place = await makePlace();
      try {
        await holds(place);
      } finally {
        await place.remove();
      }
    });
  }
}
