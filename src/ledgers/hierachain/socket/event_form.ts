import { readStored } from "../../../log/read_stored.ts";
import type { ToldForm } from "../../../web/ledger.ts";
import { pageData } from "./frames.ts";

/** The events and blocks of a chain: the `data` of the published page's `new_event` and `new_block`. */
export const eventForm: ToldForm = {
  data: (batch, index) => readStored(() => pageData(batch, index)),
};
