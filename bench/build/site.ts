import { cp } from "node:fs/promises";
import path from "node:path";
import { type DockerRegistry, startDockerRegistry } from "../../test/support/docker-registry.ts";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";

/** A registry that nobody has pushed to, with base images, and the proxy in front of it that builders know. */
export interface Site extends AsyncDisposable {
  readonly proxy: CountingProxy;
}

/**
 * Starts a registry with what another one holds. Each builder gets its own: containers/image remembers outside of its
 * storage which blob it has seen where, and would not send it again.
 */
export async function openSite(template: DockerRegistry): Promise<Site> {
  await using opened = new AsyncDisposableStack();
  const registry = opened.use(await startDockerRegistry());
  await cp(storageOf(template), storageOf(registry), { recursive: true });
  const proxy = opened.use(await startCountingProxy(registry.host));
  const kept = opened.move();
  return { proxy, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function storageOf({ directory }: DockerRegistry): string {
  return path.join(directory, "docker");
}
