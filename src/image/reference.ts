import type { Digest } from "./digest.ts";

/** A repository of a registry, in the registry's own terms. */
export interface Repository {
  /** Host and, where given, port: `docker.io`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path below the registry: `library/busybox`. */
  readonly path: string;
}

/** A parsed image reference. Without tag and digest it means tag `latest`. */
export interface ImageReference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}
