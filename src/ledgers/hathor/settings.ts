import { z } from "zod";
import { parseXpub } from "../../crypto/hd_public_key.ts";
import { isLoopback } from "../../kernel/address.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import {
  choiceSetting,
  listSetting,
  portSetting,
  type Settings,
  switchSetting,
  textSetting,
} from "../../kernel/setting.ts";
import { isDeploy } from "../../kv/deploy.ts";
import { followedPlace, followSettings } from "../../remote/follow_settings.ts";
import { AddressError, decodeNetworkAddress } from "./networks/address.ts";
import type { Network } from "./networks/network.ts";
import { inTestMode, readNetworkSettings } from "./networks/settings_file.ts";
import type { StratumPlace } from "./mining/stratum/stratum_server.ts";
import type { EngineChoice } from "./nano/find_engine.ts";
import { DEFAULT_NETWORK, SHIPPED_NETWORKS, shippedNetwork } from "./networks/shipped.ts";
import { payingScript, scriptOfNobody } from "./script/patterns.ts";
import type { NodeWalletOptions } from "./sockets/admin/node_wallet.ts";
import { areWords, plainWords, WalletKeys, type WalletWords } from "./wallet/wallet_keys.ts";

/** When blocks are mined: never, on a private network of one's own, when needed, or every so often. */
const mineSetting: z.ZodType<"off" | "auto" | "on" | number, string> = z.string()
  .regex(/^(?:off|auto|on|[1-9]\d{0,5})$/, "off, auto, on, or a number of seconds")
  .transform((text) => {
    if (text === "off" || text === "auto" || text === "on") return text;
    return Number(text);
  });

const testModeSetting = choiceSetting(["auto", "on", "off"]);

/** The settings of this ledger. */
export const settings = {
  "hathor-port": {
    doc: "Port of Hathor's own API, or off",
    schema: portSetting,
    fallback: "8080",
  },
  "hathor-network": {
    doc: `Network: ${SHIPPED_NETWORKS.join(", ")}, or a settings file of hathor-core (.yml, .json)`,
    schema: textSetting,
    fallback: DEFAULT_NETWORK,
  },
  "hathor-test-mode": {
    doc: "Ask for no proof of work to speak of: on, off, or auto (on for privatenet)",
    schema: testModeSetting,
    fallback: "auto",
  },
  "hathor-mine": {
    doc: "Mine blocks: off, on (when transactions wait), every so many seconds, or auto (on for " +
      "privatenet while the server listens to this machine alone)",
    schema: mineSetting,
    fallback: "auto",
  },
  "hathor-mine-address": {
    doc: "Address that is paid for mined blocks; nobody's where nothing is set",
    schema: textSetting,
    fallback: "",
  },
  "hathor-stratum-port": {
    doc: "Port of stratum, for miners with CPUs, or off; it knows no TLS",
    schema: portSetting,
    fallback: "off",
  },
  "hathor-wallet-xpub": {
    doc: "Account key (xpub) of a wallet that the admin socket tells of; it is only watched",
    schema: textSetting,
    fallback: "",
  },
  "hathor-wallet-addresses": {
    doc: "More addresses of that wallet, separated by commas",
    schema: listSetting,
    fallback: "",
  },
  "hathor-wallet-words": {
    doc:
      "Words of the node's own wallet, which whoever has an admin key may spend from; better in " +
      "a file",
    schema: textSetting,
    fallback: "",
    isSecret: true,
  },
  "hathor-wallet-words-file": {
    doc: "File with those words",
    schema: textSetting,
    fallback: "",
  },
  "hathor-wallet-passphrase": {
    doc: "Passphrase of those words, if they have one",
    schema: textSetting,
    fallback: "",
    isSecret: true,
  },
  ...followSettings("hathor", "Hathor", "http://node:8080/v1a/"),
  "hathor-nano": {
    doc: "Run contracts: off, auto (on for privatenet where python3 has hathorlib), or a Python",
    schema: textSetting,
    fallback: "auto",
  },
  "hathor-throttle": {
    doc:
      "Hold back and lose broadcasts of the admin socket where there are many, as hathor-core does",
    schema: switchSetting,
    fallback: "false",
  },
} as const satisfies Settings;

/** What the settings come to. */
export interface HathorSettings {
  readonly network: Network;
  /** How blocks are mined, if they are. */
  readonly mine: { readonly script: Uint8Array; readonly everyMs?: number } | undefined;
  /** The wallet that is watched, if there is one. */
  readonly wallet: NodeWalletOptions | undefined;
  /** The words of the wallet that the node spends from, if it has one. */
  readonly words: WalletWords | undefined;
  /** Where miners connect to by stratum, if they can. */
  readonly stratum: StratumPlace | undefined;
  /** Whether the admin socket loses messages as the reference node does. */
  readonly isThrottled: boolean;
  /** Whether a node is followed: nothing is mined or spent here then. */
  readonly isFollowing: boolean;
  /** Whether another server's chains are copied here. */
  readonly isMirror: boolean;
}

/** Which Python is to execute contracts; `auto` only where the network is one's own. */
export function readEngineChoice(
  values: Readonly<Record<string, unknown>>,
  { name }: Network,
): EngineChoice {
  const given = String(values["hathor-nano"]);
  if (given === "off") return "off";
  if (given !== "auto") return { python: given };
  return name === DEFAULT_NETWORK ? "auto" : "off";
}

/** Reads the settings. Throws a LedgerError `config_invalid` for what makes no sense together. */
export async function readHathorSettings(
  values: Readonly<Record<string, unknown>>,
): Promise<HathorSettings> {
  const network = await readNetwork(values);
  const when = mineSetting.parse(String(values["hathor-mine"]));
  const isPrivate = network.name === DEFAULT_NETWORK && isLoopback(String(values["host"])) &&
    !isDeploy();
  const words = await wordsOf(values);
  const wallet = walletOf(network, values, words);
  const isThrottled = values["hathor-throttle"] === true;
  const port = values["hathor-stratum-port"];
  const stratum = typeof port === "number" ? { host: String(values["host"]), port } : undefined;
  const followed = followedPlace("hathor", values)?.origin;
  const isFollowing = followed !== undefined;
  const settled = {
    network,
    wallet,
    words,
    stratum,
    isThrottled,
    isFollowing,
    isMirror: isMirrorOf(values),
  };
  if (followed !== undefined) {
    if (new URL(followed).pathname === "/") {
      throw invalid("hathor-follow", "it is where the API is, such as http://node:8080/v1a/");
    }
    assertFollows(values);
    return { ...settled, mine: undefined };
  }
  if (when === "off" || (when === "auto" && !isPrivate)) {
    return { ...settled, mine: undefined };
  }
  const script = rewardScript(network, String(values["hathor-mine-address"]));
  const mine = typeof when === "number" ? { script, everyMs: when * 1_000 } : { script };
  return { ...settled, mine };
}

/** The network of the settings. Throws a LedgerError `config_invalid` where there is none such. */
export async function readNetwork(values: Readonly<Record<string, unknown>>): Promise<Network> {
  const plain = await networkOf(String(values["hathor-network"]));
  const testMode = testModeSetting.parse(String(values["hathor-test-mode"]));
  const isTest = testMode === "on" || (testMode === "auto" && plain.name === DEFAULT_NETWORK);
  const when = mineSetting.parse(String(values["hathor-mine"]));
  const tested = inTestMode(plain, { transactions: isTest, blocks: isTest });
  // A node that is followed knows its network.
  if (followedPlace("hathor", values) !== undefined) return { ...tested, isShared: false };
  // Whoever asks it to mine has a network of his own, whatever others call theirs.
  return { ...tested, isShared: tested.isShared && (when === "off" || when === "auto") };
}

/** What a node is followed for is decided there: nothing is mined or spent here. */
function assertFollows(values: Readonly<Record<string, unknown>>): void {
  const isGiven = (name: string) => values[name] !== undefined && String(values[name]) !== "";
  for (const name of ["hathor-wallet-words", "hathor-wallet-words-file", "hathor-stratum-port"]) {
    if (isGiven(name)) throw invalid(name, "it is not with --hathor-follow");
  }
  const when = mineSetting.parse(String(values["hathor-mine"]));
  if (when === "off" || when === "auto") return;
  throw invalid("hathor-mine", "blocks are mined at the node that is followed");
}

/** The words of the settings, or of the file that they name. They are in no error's text. */
async function wordsOf(
  values: Readonly<Record<string, unknown>>,
): Promise<WalletWords | undefined> {
  const file = String(values["hathor-wallet-words-file"]);
  const given = plainWords(String(values["hathor-wallet-words"]));
  if (given !== "" && file !== "") {
    throw invalid("hathor-wallet-words", "the words are given, and a file with them");
  }
  const words = file === "" ? given : plainWords(await textOfFile(file));
  if (words === "" && file === "") return undefined;
  if (!areWords(words)) {
    const name = file === "" ? "hathor-wallet-words" : "hathor-wallet-words-file";
    throw invalid(name, "these are no 12 to 24 words of BIP 39 in English");
  }
  if (values["allow-anonymous"] === true) {
    throw invalid("hathor-wallet-words", "everybody could spend from it with --allow-anonymous");
  }
  return { words, passphrase: String(values["hathor-wallet-passphrase"]) };
}

async function textOfFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw invalid("hathor-wallet-words-file", messageOf(error));
  }
}

function walletOf(
  network: Network,
  values: Readonly<Record<string, unknown>>,
  words: WalletWords | undefined,
): NodeWalletOptions | undefined {
  const given = String(values["hathor-wallet-xpub"]);
  const xpub = given === "" && words !== undefined ? new WalletKeys(words).xpub : given;
  const addresses = z.array(z.string()).parse(values["hathor-wallet-addresses"]);
  if (xpub === "" && addresses.length === 0) return undefined;
  // It is not repeated: it may be a private key.
  if (xpub !== "" && parseXpub(xpub) === undefined) {
    throw invalid("hathor-wallet-xpub", "it is no extended public key");
  }
  for (const address of addresses) {
    try {
      decodeNetworkAddress(network, address);
    } catch (error) {
      throw invalid("hathor-wallet-addresses", `${address}: ${messageOf(error)}`);
    }
  }
  return { ...(xpub === "" ? {} : { xpub }), addresses };
}

async function networkOf(name: string): Promise<Network> {
  const shipped = shippedNetwork(name);
  if (shipped !== undefined) return shipped;
  if (!/\.(?:ya?ml|json)$/.test(name)) {
    throw invalid("hathor-network", `there is no network ${name}`);
  }
  return await readNetworkSettings(name);
}

/**
 * A wallet that was paid a moment ago would be shown money that is locked until the next block, and
 * wallets do spend it: so where no address is set, rewards are paid to a key that nobody has.
 */
function rewardScript(network: Network, given: string): Uint8Array {
  try {
    return given === "" ? scriptOfNobody(network) : payingScript(network, given);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw invalid("hathor-mine-address", error.message);
  }
}

function invalid(name: string, message: string): LedgerError {
  return new LedgerError("config_invalid", `${name}: ${message}`);
}

/** Whether these are the settings of a server whose chains are copies of another's. */
export function isMirrorOf(values: Readonly<Record<string, unknown>>): boolean {
  return values["follow"] !== undefined;
}
