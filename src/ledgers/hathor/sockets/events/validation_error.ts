import { type Flaw, flawsText } from "../../../../python/pydantic.ts";

/** A request that is none, with the text of its answer. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  constructor(flaws: readonly Flaw[], count = flaws.length) {
    super(flawsText("RequestWrapper", flaws, count));
  }
}
