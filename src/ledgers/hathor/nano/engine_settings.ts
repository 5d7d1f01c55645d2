import type { Network } from "../networks/network.ts";

/** The settings of a network as the engine reads them. */
export function engineSettings(network: Network): Readonly<Record<string, unknown>> {
  return {
    NETWORK_NAME: network.name,
    P2PKH_VERSION_BYTE: byteText(network.p2pkhVersionByte),
    MULTISIG_VERSION_BYTE: byteText(network.multisigVersionByte),
    ENABLE_NANO_CONTRACTS: "enabled",
    HATHOR_TOKEN_NAME: network.nativeToken.name,
    HATHOR_TOKEN_SYMBOL: network.nativeToken.symbol,
    MAX_LENGTH_TOKEN_NAME: network.maxTokenNameLength,
    MAX_LENGTH_TOKEN_SYMBOL: network.maxTokenSymbolLength,
    TOKEN_DEPOSIT_PERCENTAGE: Number(network.depositNumerator) / Number(network.depositDenominator),
    FEE_PER_OUTPUT: Number(network.feePerOutput),
  };
}

function byteText(byte: number): string {
  return `x${byte.toString(16).padStart(2, "0")}`;
}
