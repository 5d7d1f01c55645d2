import { readStored } from "../../../log/read_stored.ts";
import type { ToldForm } from "../../../web/ledger.ts";
import {
  BLOCK,
  messageText,
  modelText,
  readValidators,
  VALIDATORS,
  validatorsJson,
} from "../chain/events.ts";

/**
 * The events of a chain: a transaction is its message on the stream with what GET shows of it, a block
 * is its message, and validators are as GET shows them.
 */
export const eventForm: ToldForm = {
  data(batch, index) {
    const text = batch.text(index);
    const type = batch.types[index];
    if (type === BLOCK) return text;
    if (type === VALIDATORS) return JSON.stringify(validatorsJson(readValidators(text)));
    return readStored(() => messageText(text, `, "transaction": ${modelText(text)}`));
  },
};
