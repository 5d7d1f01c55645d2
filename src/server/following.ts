import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import type { Values } from "../kernel/setting.ts";
import { followedPlace } from "../remote/follow_settings.ts";
import { RemoteServer } from "../remote/remote_server.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import { FollowedLedgers, type FollowingLedger } from "./followed_ledgers.ts";
import { FollowedServer } from "./followed_server.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { serverSettings } from "./settings.ts";

/**
 * What follows whatever settings name; undefined where they name nothing. Throws `config_invalid`
 * where they name a server and a node.
 */
export function followingOf(
  ledgers: readonly LedgerDefinition[],
  values: Values<typeof serverSettings>,
  clock: Clock,
): RemoteFollowing | undefined {
  const { follow } = values;
  const nodes = ledgers.flatMap((definition): FollowingLedger[] => {
    const place = followedPlace(definition.name, values);
    const part = definition.follow;
    return place === undefined || part === undefined
      ? []
      : [{ definition, part, server: new RemoteServer(place) }];
  });
  const [first] = nodes;
  if (follow !== undefined && first !== undefined) {
    throw new LedgerError(
      "config_invalid",
      `--follow copies all chains of a server, and --${first.definition.name}-follow those of a node: ` +
        "a server does one of both",
    );
  }
  if (follow !== undefined) return new FollowedServer(ledgers, { ...values, follow }, clock);
  return first === undefined ? undefined : new FollowedLedgers(nodes, values, clock);
}
