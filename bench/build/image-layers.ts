/** Layers of an image that are not its base's. */
export interface NewLayers {
  readonly count: number;
  /** Their compressed size together. */
  readonly bytes: number;
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

const mediaTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** What an image has beyond the base images of the same registry. `reference` is registry, repository and tag. */
export async function newLayersOf(reference: string): Promise<NewLayers> {
  const registry = reference.slice(0, reference.indexOf("/"));
  const { repositories } = (await getJson(`http://${registry}/v2/_catalog`)) as Catalog;
  const known = new Set<string>();
  for (const repository of repositories.filter((name) => name.startsWith("library/"))) {
    const { layers } = await manifestOf(`${registry}/${repository}:latest`);
    for (const { digest } of layers) known.add(digest);
  }
  const added = (await manifestOf(reference)).layers.filter(({ digest }) => !known.has(digest));
  return { count: added.length, bytes: added.reduce((sum, { size }) => sum + size, 0) };
}

interface Catalog {
  readonly repositories: readonly string[];
}

async function manifestOf(reference: string): Promise<Manifest> {
  const [, registry, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
  return (await getJson(`http://${registry}/v2/${repository}/manifests/${tag}`)) as Manifest;
}

async function getJson(address: string): Promise<unknown> {
  const answer = await fetch(address, { headers: { accept: mediaTypes } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
