import { getLogger } from "@logtape/logtape";
import { isLoopback } from "../kernel/address.ts";
import { LedgerError } from "../kernel/errors.ts";
import type { Values } from "../kernel/setting.ts";
import { isDeploy } from "../kv/deploy.ts";
import type { Log } from "../log/log.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { KeysContext } from "./admin/keys.ts";
import { Door } from "../web/door/door.ts";
import type { ServerShared } from "../web/shared.ts";
import { KeyStore } from "./keys/key_store.ts";
import { ListedKeys } from "./keys/listed_keys.ts";
import { ServerAccess } from "./keys/server_access.ts";
import { StoredKeys } from "./keys/stored_keys.ts";
import type { Metrics } from "./metrics.ts";
import { RateLimit } from "../web/rate_limit.ts";
import type { serverSettings } from "./settings.ts";

const logger = getLogger(["ledgerline", "server"]);

type ServerValues = Values<typeof serverSettings>;

/** Who may come in, and how often. */
export interface Guard {
  readonly keys: KeysContext;
  readonly door: Door;
  readonly shared: ServerShared;
}

/**
 * Learns the stored keys and goes on following them. `rate` is what threads share, where they do; of
 * one that `isFront`, whether there have to be keys the owner of the log has found out. Throws
 * `config_invalid` where everybody could reach the server and nothing would keep them out; on Deno
 * Deploy, where a build is a start as well, nobody is let in then.
 */
export async function openGuard(
  values: ServerValues,
  log: Log,
  metrics: Metrics,
  sockets: SocketHub,
  connections: ServerShared["connections"],
  { rate, isFront = false }: {
    readonly rate?: ServerShared["rate"];
    readonly isFront?: boolean;
  } = {},
): Promise<Guard> {
  const stored = new StoredKeys(log, () => sockets.expel());
  await stored.start();
  const listed = new ListedKeys(values["api-keys"]);
  const isHosted = isDeploy();
  const isClosed = isHosted && !values["allow-anonymous"];
  const access = new ServerAccess(listed, stored, isClosed, (denial) => {
    metrics.turnedAway(denial === "forbidden" ? "forbidden" : "unauthorized");
  });
  const isLocal = isLoopback(values.host) && !isHosted;
  try {
    if (!isLocal && !access.isAny && !isFront) checkAnonymous(values, isClosed);
  } catch (error) {
    await stored.stop();
    throw error;
  }
  const perSecond = values["requests-per-second"];
  const own = () => perSecond === undefined ? undefined : new RateLimit(log.clock, perSecond);
  return {
    keys: { access, isLocal, keys: new KeyStore(log), stored },
    door: new Door({
      access,
      host: values.host,
      allowedHosts: values["allowed-hosts"],
      allowedOrigins: values["allowed-origins"],
      isLocal,
      isHosted,
    }),
    shared: {
      access,
      sockets,
      connections,
      rate: rate ?? own(),
      counts: metrics,
    },
  };
}

function checkAnonymous(
  { host, "allow-anonymous": isAllowed }: ServerValues,
  isClosed: boolean,
): void {
  if (isClosed) {
    // A build there starts the program, perhaps without the keys that it is to have.
    return logger.warn(
      "nobody is let in: there are no keys, so list one in LEDGER_API_KEYS (secret, and in the " +
        "context Production), or let everybody in with LEDGER_ALLOW_ANONYMOUS=true",
    );
  }
  const where = isDeploy() ? "On Deno Deploy" : `On ${host}`;
  if (isAllowed) {
    return logger.warn("{where} everybody may read and append: there are no keys", { where });
  }
  throw new LedgerError(
    "config_invalid",
    `${where} others can reach the server, and there are no keys: make one with the command ` +
      "line on the store, list one in LEDGER_API_KEYS, or let everybody in with " +
      "--allow-anonymous=true",
  );
}
