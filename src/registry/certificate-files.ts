import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { createSecureContext, getCACertificates } from "node:tls";
import { UsageError } from "../errors/usage-error.ts";
import type { ClientCertificateFiles } from "./registry-options.ts";

/** What certificate files add to a TLS connection, PEM. */
export interface CertificateTexts {
  /** All that are trusted; undefined means those of the system alone. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads a file of certificate authorities: what is trusted beside the system's and `known`.
 *
 * @throws USAGE_INVALID_VALUE when it cannot be read or holds no certificate.
 */
export async function readAuthority(
  file: string,
  known: CertificateTexts = {},
): Promise<CertificateTexts> {
  const ca = await readPem(file);
  const certificates = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw unusable(file, "it holds no certificate");
  assertUsable(file, () => certificates.map((pem) => new X509Certificate(pem)));
  return { ca: [...(known.ca ?? getCACertificates("default")), ca] };
}

/**
 * Reads a client's certificate and key.
 *
 * @throws USAGE_INVALID_VALUE when they cannot be read or do not fit each other.
 */
export async function readClient(files: ClientCertificateFiles): Promise<CertificateTexts> {
  const client = { cert: await readPem(files.certificate), key: await readPem(files.key) };
  assertUsable(files.certificate, () => createSecureContext(client));
  return client;
}

/**
 * Reads a directory as buildah's `--cert-dir` has it: certificate authorities in `*.crt` (and `*.pem`), and a
 * client's certificate in `NAME.cert` with its key in `NAME.key`. Other files are not looked at.
 *
 * @throws USAGE_INVALID_VALUE
 */
export async function readCertificateDirectory(directory: string): Promise<CertificateTexts> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw unusable(directory, cause instanceof Error ? cause.message : String(cause), cause);
  });
  let texts: CertificateTexts = {};
  for (const name of names.filter((each) => /\.(?:crt|pem)$/.test(each)).toSorted()) {
    texts = { ...texts, ...(await readAuthority(path.join(directory, name), texts)) };
  }
  const client = names.filter((name) => name.endsWith(".cert")).toSorted()[0];
  if (client === undefined) return texts;
  const certificate = path.join(directory, client);
  const key = certificate.replace(/\.cert$/, ".key");
  return { ...texts, ...(await readClient({ certificate, key })) };
}

async function readPem(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text.includes("-----BEGIN ")) return text;
  } catch (cause) {
    throw unusable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  throw unusable(file, "it holds nothing in PEM form");
}

function assertUsable(file: string, use: () => unknown): void {
  try {
    use();
  } catch (cause) {
    throw unusable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unusable(file: string, reason: string, cause?: unknown): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `cannot use certificate file ${file}: ${reason}`, {
    hint: "Check the paths given by --registry-certificate, --registry-client-cert and --cert-dir",
    ...(cause === undefined ? {} : { cause }),
  });
}
