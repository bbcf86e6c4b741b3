import {
  type CertificateTexts,
  readAuthority,
  readCertificateDirectory,
  readClient,
} from "./certificate-files.ts";
import { type Access, canonicalRegistry } from "./host.ts";
import type { RegistryOptions } from "./registry-options.ts";

/** How one host is connected to. */
export interface HostSettings {
  /** Whether plain HTTP will do. */
  readonly plainHttp: boolean;
  readonly tls: TlsSettings;
}

/** What goes to TLS, PEM. The settings of a host that need nothing special are the same object. */
export interface TlsSettings extends CertificateTexts {
  readonly rejectUnauthorized: boolean;
}

/** Gives the settings of a host, for one kind of access. */
export type SettingsOf = (host: string, access: Access) => HostSettings;

/**
 * Reads all certificate files that `options` name. They are kept in memory, since a build may
 * put another root in the place of the one that holds them.
 *
 * @throws USAGE_INVALID_VALUE when a file cannot be read or holds no certificate.
 */
export async function readHostSettings(options: RegistryOptions): Promise<SettingsOf> {
  const { certificateDirectory } = options;
  const common =
    certificateDirectory === undefined ? {} : await readCertificateDirectory(certificateDirectory);
  const hosts = new Set([...options.certificates.keys(), ...options.clientCertificates.keys()]);
  const files = new Map<string, CertificateTexts>();
  for (const host of hosts) {
    const authority = options.certificates.get(host);
    const client = options.clientCertificates.get(host);
    const read = {
      ...common,
      ...(authority === undefined ? {} : await readAuthority(authority, common)),
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
    const tls = made.get(key) ?? { rejectUnauthorized, ...(files.get(registry) ?? common) };
    made.set(key, tls);
    const allHosts = pull ? options.insecurePull : options.insecurePush;
    return { plainHttp: allHosts || insecure.has(registry), tls };
  };
}

/** One spelling of a host: as in an image name, or as in an address, which leaves out usual ports. */
function keyOf(host: string): string {
  return canonicalRegistry(host.toLowerCase().replace(/:(?:443|80)$/, ""));
}
