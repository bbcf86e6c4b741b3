import { ImageError } from "../errors/image-error.ts";
import { createHashFor, type Digest, digestOf, isDigest, matchesDigest } from "../image/digest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { manifestLimitBytes, parseManifest } from "../image/parse-manifest.ts";
import { formatReference, type ImageReference, withDefaultTag } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import type { HttpResponse } from "./http.ts";
import { readAnswer } from "./read-answer.ts";
import type { RemoteManifest, RequestOptions } from "./registry-client.ts";

/** The Accept header of requests for manifests. */
export const manifestTypes = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
].join(", ");

/** Fetches and verifies a manifest from the registry that `reference` names, no other. */
export async function fetchManifest(
  api: RegistryApi,
  reference: ImageReference,
  { signal }: RequestOptions,
): Promise<RemoteManifest> {
  const name = formatReference(withDefaultTag(reference));
  const doing = `read the manifest of ${name}`;
  return api.retrying({ doing, access: "pull", signal }, async () => {
    const response = await api.send({
      repository: reference,
      access: "pull",
      method: "GET",
      target: `manifests/${reference.digest ?? reference.tag ?? "latest"}`,
      headers: { accept: manifestTypes },
      expect: [200],
      purpose: {
        doing,
        notFound: `image not found: ${reference.registry} has no manifest "${name}"`,
      },
      signal,
    });
    return readManifest(response, reference, name);
  });
}

async function readManifest(
  response: HttpResponse,
  reference: ImageReference,
  name: string,
): Promise<RemoteManifest> {
  const read = await readAnswer(response, manifestLimitBytes);
  if (read.kind === "too-long") {
    throw new ImageError(
      "IMAGE_MALFORMED",
      `the manifest of ${name} has more than ${manifestLimitBytes} bytes`,
    );
  }
  const { bytes } = read;
  const said = response.header("docker-content-digest") ?? "";
  const expected = reference.digest ?? (isDigest(said) ? said : undefined);
  const digest = expected ?? digestOf(bytes);
  if (!matchesDigest(createHashFor(digest).update(bytes), digest)) {
    throw mismatch(name, digest);
  }
  const { mediaType } = parseManifest(bytes, response.header("content-type"));
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

function mismatch(name: string, digest: Digest): ImageError {
  return new ImageError(
    "IMAGE_MALFORMED",
    `the manifest of ${name} does not match its digest ${digest}`,
    { hint: "The registry, a mirror or something on the way to it has changed the content" },
  );
}
