import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { LedgerError, messageOf } from "../../kernel/errors.ts";

/** A certificate chain and its private key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the files of a certificate; undefined where none is set. Throws `config_invalid` with the
 * file that is at fault, and never with what is in it.
 */
export async function readCertificate(
  certFile: string,
  keyFile: string,
): Promise<Certificate | undefined> {
  if (certFile === "" && keyFile === "") return undefined;
  if (certFile === "" || keyFile === "") {
    throw invalid("TLS needs both --tls-cert and --tls-key");
  }
  const cert = await read("tls-cert", certFile);
  const key = await read("tls-key", keyFile);
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch {
    throw invalid(`--tls-cert: ${certFile} holds no certificate in PEM`);
  }
  let secret: KeyObject;
  try {
    secret = createPrivateKey(key);
  } catch {
    throw invalid(`--tls-key: ${keyFile} holds no private key in PEM, or one with a passphrase`);
  }
  if (publicPart(createPublicKey(secret)) !== publicPart(leaf.publicKey)) {
    throw invalid(`The key in ${keyFile} is not that of the certificate in ${certFile}`);
  }
  return { cert, key };
}

/** A public key as text. Older runtimes have no other way to compare two. */
function publicPart(key: KeyObject): string {
  return String(key.export({ type: "spki", format: "pem" }));
}

async function read(setting: string, file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw invalid(`--${setting}: cannot read ${file}: ${messageOf(error)}`);
  }
}

function invalid(message: string): LedgerError {
  return new LedgerError("config_invalid", message);
}
