const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** What a test wants to know of an image manifest. */
export interface StoredManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** The tags of a repository; none where the registry does not know the repository. */
export async function tagsOf(host: string, repository: string): Promise<readonly string[]> {
  const answer = await fetch(`http://${host}/v2/${repository}/tags/list`);
  if (answer.status === 404) return [];
  const { tags } = (await answer.json()) as { tags: readonly string[] | null };
  return tags ?? [];
}

/** The digest that the registry itself gives for a tag. */
export async function digestOf(host: string, repository: string, tag: string): Promise<string> {
  const answer = await fetchManifest(host, `${repository}/manifests/${tag}`);
  return answer.headers.get("docker-content-digest") ?? "";
}

/** The manifest that a tag names. */
export async function manifestOf(
  host: string,
  repository: string,
  tag: string,
): Promise<StoredManifest> {
  const answer = await fetchManifest(host, `${repository}/manifests/${tag}`);
  return (await answer.json()) as StoredManifest;
}

/** The image configuration that a tag's manifest names. */
export async function configOf<Config>(
  host: string,
  repository: string,
  tag: string,
): Promise<Config> {
  const { config } = await manifestOf(host, repository, tag);
  const answer = await fetch(`http://${host}/v2/${repository}/blobs/${config.digest}`);
  return (await answer.json()) as Config;
}

async function fetchManifest(host: string, path: string): Promise<Response> {
  const answer = await fetch(`http://${host}/v2/${path}`, { headers: { accept: manifestTypes } });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status} for ${path}`);
  return answer;
}
