import { RegistryError } from "../errors/registry-error.ts";
import type { Digest } from "../image/digest.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import type { RequestOptions } from "./registry-client.ts";

/** 405 is the specification's; some registries have a word for it that they say with another status. */
const notDeleting = new Set([405, 501]);

/** Deletes a manifest, and with it all of its tags. One that is not there is no error. */
export async function deleteManifest(
  { api, repository }: { readonly api: RegistryApi; readonly repository: Repository },
  digest: Digest,
  { signal }: RequestOptions,
): Promise<void> {
  const doing = `delete ${digest} from ${formatRepository(repository)}`;
  try {
    const response = await api.retrying({ doing, access: "push", signal }, () =>
      api.send({
        repository,
        access: "push",
        method: "DELETE",
        target: `manifests/${digest}`,
        expect: [200, 202, 204, 404],
        purpose: { doing },
        signal,
      }),
    );
    await response.discard();
  } catch (error) {
    throw isNotDeleting(error) ? cannotDelete(error) : error;
  }
}

function isNotDeleting(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false;
  return notDeleting.has(error.status ?? 0) || /\bUNSUPPORTED\b/.test(error.message);
}

function cannotDelete(error: RegistryError): RegistryError {
  return new RegistryError("REGISTRY_REJECTED", error.message, {
    hint: "This registry does not let images be deleted, or is set up not to: its own rules (lifecycle, retention) have to do it",
    cause: error,
    ...(error.host === undefined ? {} : { host: error.host }),
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}
