import type { Access } from "./host.ts";

/** How registries are reached. Hosts are written as in image references; all names of Docker Hub are the same. */
export interface RegistryOptions {
  readonly insecurePush: boolean;
  readonly insecurePull: boolean;
  /** Hosts that may be spoken to over plain HTTP, pushing and pulling. */
  readonly insecureRegistries: readonly string[];
  readonly skipTlsVerifyPush: boolean;
  readonly skipTlsVerifyPull: boolean;
  readonly skipTlsVerifyRegistries: readonly string[];
  /** Path of a file with more certificate authorities (PEM), by host. */
  readonly certificates: ReadonlyMap<string, string>;
  readonly clientCertificates: ReadonlyMap<string, ClientCertificateFiles>;
  /** A directory with certificates for all registries; see `readCertificateDirectory`. */
  readonly certificateDirectory: string | undefined;
  /** Where to pull from instead, by `host` or `host/prefix`: tried in this order, then the original. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
  /** Whether the original is left out where `maps` names others for it. */
  readonly skipsOriginal: boolean;
  /** How often a failed request is tried again beyond the usual. */
  readonly moreRetries: Readonly<Record<Access, number>>;
  /** Whether a tag that the registry does not let change is no failure; the image is then there by digest. */
  readonly ignoresImmutableTags: boolean;
}

/** Paths of a client certificate and its key, PEM. */
export interface ClientCertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** How registries are reached when nothing is asked for: HTTPS, verified, and no mirrors. */
export const defaultRegistryOptions: RegistryOptions = {
  insecurePush: false,
  insecurePull: false,
  insecureRegistries: [],
  skipTlsVerifyPush: false,
  skipTlsVerifyPull: false,
  skipTlsVerifyRegistries: [],
  certificates: new Map(),
  clientCertificates: new Map(),
  certificateDirectory: undefined,
  maps: new Map(),
  skipsOriginal: false,
  moreRetries: { pull: 0, push: 0 },
  ignoresImmutableTags: false,
};

/** Limits on waiting, in milliseconds. */
export interface RegistryTimeouts {
  /** For a connection, TLS included. */
  readonly connectMs: number;
  /** For an answer to begin, and between two pieces of a body in either direction. */
  readonly idleMs: number;
  /** For the answer after a blob was sent: the registry may be copying it within its storage. */
  readonly commitMs: number;
}

/** The limits on waiting that are used where none are given. */
export const defaultTimeouts: RegistryTimeouts = {
  connectMs: 15_000,
  idleMs: 60_000,
  commitMs: 600_000,
};
