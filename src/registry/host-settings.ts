import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, getCACertificates } from "node:tls";
import { UsageError } from "../errors/usage-error.ts";
import { type Access, canonicalRegistry } from "./host.ts";
import type { ClientCertificateFiles, RegistryOptions } from "./registry-options.ts";

/** How one host is connected to. */
export interface HostSettings {
  /** Whether plain HTTP will do. */
  readonly plainHttp: boolean;
  readonly tls: TlsSettings;
}

/** What goes to TLS, PEM. The settings of a host that need nothing special are the same object. */
export interface TlsSettings {
  readonly rejectUnauthorized: boolean;
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Gives the settings of a host, for one kind of access. */
export type SettingsOf = (host: string, access: Access) => HostSettings;

type Files = Omit<TlsSettings, "rejectUnauthorized">;

/**
 * Reads all certificate files that `options` name. They are kept in memory, since a build may
 * put another root in the place of the one that holds them.
 *
 * @throws USAGE_INVALID_VALUE when a file cannot be read or holds no certificate.
 */
export async function readHostSettings(options: RegistryOptions): Promise<SettingsOf> {
  const hosts = new Set([...options.certificates.keys(), ...options.clientCertificates.keys()]);
  const files = new Map<string, Files>();
  for (const host of hosts) {
    const authority = options.certificates.get(host);
    const client = options.clientCertificates.get(host);
    const read = {
      ...(authority === undefined ? {} : await readAuthority(authority)),
      ...(client === undefined ? {} : await readClient(client)),
    };
    files.set(keyOf(host), { ...files.get(keyOf(host)), ...read });
  }
  const insecure = new Set(options.insecureRegistries.map(keyOf));
  const unverified = new Set(options.skipTlsVerifyRegistries.map(keyOf));
  const made = new Map<string, TlsSettings>();
  return (host, access) => {
    const registry = keyOf(host);
    const pull = access === "pull";
    const skipAll = pull ? options.skipTlsVerifyPull : options.skipTlsVerifyPush;
    const rejectUnauthorized = !(skipAll || unverified.has(registry));
    const key = `${rejectUnauthorized} ${files.has(registry) ? registry : ""}`;
    const tls = made.get(key) ?? { rejectUnauthorized, ...files.get(registry) };
    made.set(key, tls);
    const allHosts = pull ? options.insecurePull : options.insecurePush;
    return { plainHttp: allHosts || insecure.has(registry), tls };
  };
}

/** One spelling of a host: as in an image name, or as in an address, which leaves out usual ports. */
function keyOf(host: string): string {
  return canonicalRegistry(host.toLowerCase().replace(/:(?:443|80)$/, ""));
}

async function readAuthority(file: string): Promise<Files> {
  const ca = await readPem(file);
  const certificates = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw unusable(file, "it holds no certificate");
  assertUsable(file, () => certificates.map((pem) => new X509Certificate(pem)));
  return { ca: [...getCACertificates("default"), ca] };
}

async function readClient(files: ClientCertificateFiles): Promise<Files> {
  const client = { cert: await readPem(files.certificate), key: await readPem(files.key) };
  assertUsable(files.certificate, () => createSecureContext(client));
  return client;
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
    hint: "Check the paths given by --registry-certificate and --registry-client-cert",
    ...(cause === undefined ? {} : { cause }),
  });
}
