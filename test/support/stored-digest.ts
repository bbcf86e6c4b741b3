import { readFileSync } from "node:fs";
import path from "node:path";
import type { DockerRegistry } from "./docker-registry.ts";

/** The digest that a tag, as `repository:tag`, has in a registry's storage: nobody is asked for a password. */
export function storedDigest({ directory }: DockerRegistry, tagged: string): string {
  const [repository = "", tag = ""] = tagged.split(":");
  const repositories = path.join(directory, "docker/registry/v2/repositories");
  const link = path.join(repositories, repository, "_manifests/tags", tag, "current/link");
  return readFileSync(link, "utf8").trim();
}
