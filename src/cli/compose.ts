import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { build } from "../build/build.ts";
import { BuildCaches } from "../build/mounts/build-caches.ts";
import { TreeDirectories } from "../build/mounts/tree-directories.ts";
import type { BuildPorts, Runner } from "../build/ports.ts";
import { openDirectoryContext } from "../context/open-context.ts";
import { openNamedContext } from "../context/open-named-context.ts";
import type { RemoteAccess } from "../context/remote-access.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import { joinSupervisor } from "../isolation/namespace/supervised.ts";
import { probeIsolation } from "../isolation/probe-isolation.ts";
import { Contents } from "../layer/contents.ts";
import { Spool } from "../layer/spool.ts";
import { createCommandOutput } from "../log/command-output.ts";
import { createLogger } from "../log/create-logger.ts";
import type { Logger } from "../log/logger.ts";
import { createRegistryClient } from "../registry/create-registry-client.ts";
import { readDockerConfigSource } from "../registry/credentials/docker-config-source.ts";
import { openLayoutImage } from "../registry/oci-layout-source.ts";
import { pullImage } from "../registry/pull.ts";
import { probeOverlay } from "../rootfs/overlay-mount.ts";
import { OverlayRootFactory } from "../rootfs/overlay-root.ts";
import { PlainRootFactory } from "../rootfs/plain-root.ts";
import type { StageRootFactory } from "../rootfs/stage-root.ts";
import type { BuildOptions, BuildRun, RunBuild } from "./build-options.ts";
import { runInNamespace, workDirectoryVariable } from "./enter-namespace.ts";
import { BuildOutputs } from "./outputs.ts";
import { type PreparedBuild, prepareBuild } from "./prepare-build.ts";
import { readSecrets } from "./secrets.ts";
import { checkAgents } from "./ssh-agents.ts";

/**
 * Builds: reads the Dockerfile, finds out whether its commands need namespaces, enters them if so,
 * and puts all parts together. Returns the exit code of the process.
 */
export const runBuild: RunBuild = async (options, run) => {
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  const prepared = prepareBuild(options, run);
  const supervisor = joinSupervisor(run.environment);
  const outside = supervisor === undefined;
  const given = outside ? undefined : run.environment[workDirectoryVariable];
  const directory = given ?? makeWorkDirectory(options);
  const enter = (): Promise<number> => runInNamespace(directory, { signal: run.signal, log });
  if (outside && prepared.hasRun) return enter();
  // A build that starts again in namespaces has said this before.
  const isFirst = outside || prepared.hasRun;
  if (isFirst) for (const notice of run.notices) log.warn(notice);
  const signal = outside ? run.signal : AbortSignal.any([run.signal, supervisor]);
  try {
    const parts = { options, run: { ...run, signal }, prepared, directory, log };
    await compose({ ...parts, outside, isFirst });
    return 0;
  } catch (error) {
    if (error === namespaceNeeded) return await enter();
    throw signal.aborted ? signal.reason : error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/**
 * Thrown where the first RUN turns out to come from a trigger of a base image, which cannot be known
 * before the image is resolved: the build then starts again, in namespaces.
 */
const namespaceNeeded = new InternalError("a command was to be run outside of namespaces");

const userAgent = `slipway/${packageJson.version}`;

interface Composition {
  readonly options: BuildOptions;
  readonly run: BuildRun;
  readonly prepared: PreparedBuild;
  /** The work directory, absolute. */
  readonly directory: string;
  readonly log: Logger;
  /** Whether this process is in no namespaces of its own. */
  readonly outside: boolean;
  /** Whether nothing has been built and said before this, in another process. */
  readonly isFirst: boolean;
}

async function compose(parts: Composition): Promise<void> {
  const { options, run, prepared, directory, log } = parts;
  const { signal, environment } = run;
  const spool = await Spool.open(directory);
  await using contents = new Contents(directory);
  await using client = await createRegistryClient({
    credentials: [await readDockerConfigSource({ environment })],
    userAgent,
    registries: options.registry,
    log,
  });
  await using outputs = new BuildOutputs({ options, client, log, signal, print: run.print });
  await using runners = new AsyncDisposableStack();
  const secrets = await readSecrets(options.secrets, environment);
  const agents = checkAgents(options.agents);
  const access: RemoteAccess = {
    spool,
    workDirectory: directory,
    environment,
    secrets,
    sshAgent: agents.get("default"),
    userAgent,
    log,
    signal,
  };
  const named = { access, workingDirectory: process.cwd(), time: prepared.request.startTime };
  const ports: BuildPorts = {
    pull: (request) => pullImage(client, request),
    openLayout: openLayoutImage,
    openContext: (location) => openNamedContext(location, named),
    remoteAccess: access,
    context: openDirectoryContext(prepared.contextDirectory, prepared.dockerfilePath),
    runner: () => openRunner({ ...parts, contents, owner: runners }),
    secrets,
    agents,
    workDirectory: directory,
    spool,
    contents,
    startLayer: (layer) => outputs.startLayer(layer),
    publish: (image) => outputs.publish(image),
    commandOutput: createCommandOutput({
      format: options.log.format,
      destination: { write: run.writeError },
    }),
    log,
    signal,
  };
  const unchecked = parts.isFirst ? { unchecked: prepared.source } : {};
  await build(prepared.dockerfile, { ...prepared.request, ...unchecked }, ports);
}

async function openRunner(
  parts: Composition & { readonly contents: Contents; readonly owner: AsyncDisposableStack },
): Promise<Runner> {
  const { options, run, directory, contents, owner, log, outside } = parts;
  if (outside) throw namespaceNeeded;
  const isolation = await probeIsolation({
    choice: options.isolation,
    workDirectory: directory,
    signal: run.signal,
  });
  const roots = owner.use(openRoots(directory, contents, log));
  log.info("commands run isolated", { isolation: isolation.name });
  const trees = new TreeDirectories(join(directory, "mounts"), contents);
  const caches = new BuildCaches(join(directory, "caches"), contents);
  return { isolation, roots, trees, caches };
}

function openRoots(directory: string, contents: Contents, log: Logger): StageRootFactory {
  const overlay = probeOverlay(directory);
  const roots = join(directory, "roots");
  if (overlay.works) return new OverlayRootFactory(roots, contents);
  log.warn("overlayfs cannot be used in the work directory, changes are found by scanning", {
    reason: overlay.reason,
  });
  return new PlainRootFactory(roots, contents);
}

/** A new directory of this build's own; the user's `--work-dir` itself is never removed. */
function makeWorkDirectory(options: BuildOptions): string {
  const parent = resolve(options.workDirectory ?? tmpdir());
  const directory = join(parent, `slipway-${randomUUID()}`);
  try {
    mkdirSync(parent, { recursive: true });
    mkdirSync(directory, { mode: 0o755 });
  } catch (error) {
    throw filesystemError(`make a work directory in ${parent}`, error);
  }
  return directory;
}
