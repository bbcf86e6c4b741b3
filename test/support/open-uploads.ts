import { readdir } from "node:fs/promises";
import path from "node:path";
import type { DockerRegistry } from "./docker-registry.ts";

/** Upload sessions of a repository that still exist; docker-registry leaves some bookkeeping of others. */
export async function openUploads(registry: DockerRegistry, repository: string): Promise<string[]> {
  const below = path.join("docker/registry/v2/repositories", repository, "_uploads");
  const files = await readdir(path.join(registry.directory, below), { recursive: true });
  return files.filter((file) => path.basename(file) === "data");
}
