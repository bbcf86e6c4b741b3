import type { Readable } from "node:stream";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import type { ImageReference, Repository } from "../image/reference.ts";

/** A manifest or index as a registry holds it. */
export interface RemoteManifest {
  readonly descriptor: Descriptor;
  /** Exactly the bytes that the digest is of. */
  readonly bytes: Buffer;
}

/** A manifest, and the repository that answered with it: a mirror's, perhaps. */
export interface FetchedManifest extends RemoteManifest {
  readonly origin: Repository;
}

/** What can be sent: bytes whose digest and size are known before. */
export interface UploadSource {
  readonly descriptor: Descriptor;
  /** Opens the bytes from the start; called again when an upload has to be repeated. */
  open(): Promise<Readable>;
}

/** What became of a blob on its way to a registry. */
export type UploadOutcome = "exists" | "mounted" | "uploaded";

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

/**
 * Speaks the OCI distribution protocol with any number of registries: authentication, retries,
 * verification and connection reuse are inside. Safe to use from many steps at once.
 *
 * All methods throw REGISTRY_* errors, and CREDENTIALS_INVALID.
 */
export interface RegistryClient extends AsyncDisposable {
  /**
   * Fetches the manifest or index that `reference` names, trying configured mirrors first.
   * A digest in the reference, else the registry's own, is verified.
   * @throws IMAGE_MALFORMED when the bytes do not match.
   */
  fetchManifest(reference: ImageReference, options?: RequestOptions): Promise<FetchedManifest>;
  /**
   * Opens a blob. The stream ends in an error (IMAGE_MALFORMED) when size or digest do not match;
   * it resumes by itself after a broken connection.
   */
  openBlob(
    repository: Repository,
    descriptor: Descriptor,
    options?: RequestOptions,
  ): Promise<Readable>;
  /**
   * Finds out whether `repository` takes uploads, by an upload that is begun and given up.
   * @throws REGISTRY_UNAUTHORIZED, REGISTRY_NOT_FOUND, REGISTRY_REJECTED where it does not.
   */
  checkPush(repository: Repository, options?: RequestOptions): Promise<void>;
  /**
   * Makes `repository` hold a blob: nothing is sent where it exists; where `mountFrom` names a
   * repository of the same registry that has it, the registry is asked to link it; else it is sent.
   */
  pushBlob(
    repository: Repository,
    source: UploadSource,
    options?: RequestOptions & { readonly mountFrom?: readonly Repository[] },
  ): Promise<UploadOutcome>;
  /**
   * Stores a manifest under the reference's tag (its digest, where it has no tag). Where tags that cannot be changed
   * are to be ignored, one that exists stays as it is, and the manifest is stored under its digest, unless
   * `isTagNeeded`. One that refers to another is listed among those that do, where the registry does not list it by
   * itself.
   */
  putManifest(
    reference: ImageReference,
    manifest: RemoteManifest,
    options?: RequestOptions & { readonly isTagNeeded?: boolean },
  ): Promise<void>;
  /** Asks whether the registry has a manifest of this digest. */
  hasManifest(repository: Repository, digest: Digest, options?: RequestOptions): Promise<boolean>;
  /**
   * Lists all tags of a repository.
   * @throws REGISTRY_NOT_FOUND where there is no such repository.
   */
  listTags(repository: Repository, options?: RequestOptions): Promise<readonly string[]>;
  /**
   * Deletes a manifest with all of its tags; one that is not there is no error. Its blobs go when the registry
   * collects garbage.
   * @throws REGISTRY_REJECTED where the registry does not delete.
   */
  deleteManifest(repository: Repository, digest: Digest, options?: RequestOptions): Promise<void>;
}
