import { inTurns } from "../../../kernel/steps.ts";
import { PyFloat } from "../../../python/json.ts";
import { refusing, writeFailure } from "../event/refused_body.ts";
import { textOf, type Validated, validating } from "../event/model.ts";
import { isSigned, secureEventHash, secureEventModel } from "../event/secure_event.ts";
import { isChainName, MAIN_CHAIN } from "../chain/names.ts";
import { stateOf } from "../chain/queries.ts";
import * as told from "./event_operations.ts";
import type { AddRoute, RestContext } from "./context.ts";
import { readJsonBody, refused } from "./json_body.ts";
import { chainNameText } from "./parameters.ts";
import { httpError, restText } from "./responses.ts";
import { restFloatText } from "../../../python/float_text.ts";

/** Seconds that an event's own time may be off. */
const MOST_SECONDS_OFF = 300;

const EXPIRED = "Event timestamp has expired or is too far in the future.";

/** Signed events: the signature is checked before anything is stored. */
export function addSecureRoutes(add: AddRoute, { service, ledger }: RestContext): void {
  add("POST", "/api/admin/chains/:chain_name/secure-events", told.secureEvent, async (c) => {
    const read = await readJsonBody(c);
    if (read instanceof Response) return read;
    await read.turn();
    let validated: Validated;
    try {
      validated = await inTurns(validating(secureEventModel(read.textLength), read.value));
    } catch (error) {
      return await refused(writeFailure(error));
    }
    if (!validated.ok) return await refused(await inTurns(refusing(validated.errors)));
    const { values } = validated;
    const name = chainNameText(c);
    const isThere = name !== MAIN_CHAIN && isChainName(name) &&
      await stateOf(service.chain(name)) !== undefined;
    if (!isThere) return httpError(404, `Chain '${name}' not found`);
    const target = values.get("chain_id");
    if (target !== null && target !== name) {
      const asked = `event specifies '${textOf(values, "chain_id")}' but endpoint is '${name}'`;
      return httpError(422, `Target chain mismatch: ${asked}.`);
    }
    const time = values.get("timestamp");
    const seconds = time instanceof PyFloat ? time.value : undefined;
    const now = () => ledger.clock.now() / 1_000;
    if (seconds !== undefined && Math.abs(now() - seconds) > MOST_SECONDS_OFF) {
      return httpError(422, EXPIRED);
    }
    await read.turn();
    if (!isSigned(values)) {
      return httpError(
        422,
        "Cryptographic signature verification failed. Event integrity cannot be guaranteed.",
      );
    }
    // The original drops it later.
    if (Number.isNaN(seconds)) return httpError(422, EXPIRED);
    const hash = secureEventHash(values);
    await read.turn();
    const { offset, id } = await service.appendSecure(name, values);
    return restText(
      `{"status":"committed","event_hash":"${hash}","timestamp":${restFloatText(now())}}`,
      200,
      { "ledger-offset": String(offset), "ledger-id": id },
    );
  }, "events");
}
