import { join } from "node:path";
import { build } from "../build/build.ts";
import { TreeDirectories } from "../build/mounts/tree-directories.ts";
import type { BuildPorts, Runner } from "../build/ports.ts";
import type { CacheFaults } from "../cache/cache-faults.ts";
import { openDirectoryContext } from "../context/open-context.ts";
import { type NamedContextOptions, openNamedContext } from "../context/open-named-context.ts";
import type { RemoteAccess } from "../context/remote-access.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { Refusal } from "../isolation/refusal.ts";
import { Contents } from "../layer/contents.ts";
import { Spool } from "../layer/spool.ts";
import { createCommandOutput } from "../log/command-output.ts";
import type { Logger } from "../log/logger.ts";
import { checkDestinations } from "../output/check-destinations.ts";
import { progressFile } from "../pipeline/progress-file.ts";
import { keepBlobs } from "../registry/kept-blobs.ts";
import { openLayoutImage } from "../registry/oci-layout-source.ts";
import { pullImage } from "../registry/pull.ts";
import type { BuildOptions, BuildRun } from "./build-options.ts";
import { withDiskSpace } from "./disk-space.ts";
import { namedGitAccess } from "./git-context.ts";
import { goingOut } from "./going-out.ts";
import { openCache } from "./open-cache.ts";
import { type CacheMounts, openCacheMounts } from "./open-cache-mounts.ts";
import { openRegistryClient, userAgent } from "./open-registry-client.ts";
import { BuildOutputs } from "./outputs.ts";
import type { PreparedBuild } from "./prepare-build.ts";
import type { Rung } from "./rungs/rung.ts";
import { readSecrets } from "./secrets.ts";
import { checkAgents } from "./ssh-agents.ts";

/**
 * Thrown where the first RUN turns out to come from a trigger of a base image, which cannot be known
 * before the image is resolved: the build then starts again, with a rung.
 */
export const rungNeeded = new InternalError("a command was to be run without a rung");

export interface Composition {
  readonly options: BuildOptions;
  readonly run: BuildRun;
  readonly prepared: PreparedBuild;
  /** The work directory, absolute. */
  readonly directory: string;
  readonly log: Logger;
  readonly oomKills: () => number | null;
  /** What runs commands; a build of which none is expected has nothing. */
  readonly rung?: Rung;
  /** Why it is not a stronger one. */
  readonly refusals?: readonly Refusal[];
  /** Whether this has not been tried before: it is found out then if the image can be pushed, and said what is doubtful. */
  readonly isFirst: boolean;
  readonly faults: CacheFaults;
}

/**
 * Puts all parts of a build together, and builds.
 *
 * @throws `rungNeeded`, and what building throws.
 */
export async function compose(parts: Composition): Promise<void> {
  const { options, run, prepared, directory, log } = parts;
  const { signal, environment } = run;
  using spool = await Spool.open(directory);
  await using contents = new Contents(directory);
  await using registries = await openRegistryClient(options, log);
  if (parts.isFirst && options.output.checkPush) {
    await checkDestinations(options.output.destinations, { client: registries, log, signal });
  }
  const { directory: kept } = options.cache;
  const client = kept === undefined ? registries : keepBlobs(registries, kept, log);
  const cache = openCache(client, parts);
  // Not by way of what keeps blobs: the next build has another image of them.
  const caches = openCacheMounts({ options, client: registries, contents, spool, log, signal });
  await using outputs = new BuildOutputs({ options, client, log, signal, print: run.print });
  await using runners = new AsyncDisposableStack();
  if (cache !== undefined) runners.use(cache.layers);
  const secrets = await readSecrets(options, environment);
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
  const ports: BuildPorts = {
    pull: (request) => pullImage(client, request),
    openLayout: openLayoutImage,
    openContext: (location) => openNamedContext(location, namedOptions(access, parts)),
    remoteAccess: access,
    context: openDirectoryContext(prepared.contextDirectory, prepared.dockerfilePath),
    runner: () => Promise.try(() => openRunner(parts, { contents, caches, owner: runners })),
    secrets,
    agents,
    workDirectory: directory,
    spool,
    contents,
    cache,
    ...goingOut(outputs, { cache, options }),
    commandOutput: createCommandOutput({
      format: options.log.format,
      destination: { write: run.writeError },
    }),
    oomKills: parts.oomKills,
    progress: options.progressFile === undefined ? () => {} : progressFile(options.progressFile),
    log,
    signal,
  };
  const unchecked = parts.isFirst ? { unchecked: prepared.source } : {};
  try {
    await build(prepared.dockerfile, { ...prepared.request, ...unchecked }, ports);
  } catch (error) {
    // What fills the disk is removed on the way out.
    throw withDiskSpace(error, directory);
  } finally {
    await caches.store();
  }
}

/** The user of slipway names these contexts. */
function namedOptions(
  access: RemoteAccess,
  { options, prepared }: Composition,
): NamedContextOptions {
  return {
    access: { ...access, git: namedGitAccess(access.environment) },
    limits: options.context.limits,
    workingDirectory: process.cwd(),
    time: prepared.request.startTime,
  };
}

interface RunnerParts {
  readonly contents: Contents;
  readonly caches: CacheMounts;
  /** What the runner is thrown away with. */
  readonly owner: AsyncDisposableStack;
}

function openRunner(
  { rung, refusals = [], log }: Composition,
  { contents, caches, owner }: RunnerParts,
): Runner {
  if (rung === undefined) throw rungNeeded;
  const { isolation, directory, openRoots } = rung;
  const roots = owner.use(openRoots(contents));
  const refused = refusals.map(({ rung: name, reason }) => `${name}: ${reason}`);
  log.info("commands run isolated", {
    isolation: isolation.name,
    ...(refused.length === 0 ? {} : { refused }),
  });
  const trees = new TreeDirectories(join(directory, "mounts"), contents);
  return { isolation, roots, trees, caches: caches.open(rung) };
}
