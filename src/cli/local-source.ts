import { existsSync, rmSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { type ContextSource, parseContextSource } from "../context/context-source.ts";
import { fetchContext, type RemoteContext } from "../context/fetch-context.ts";
import { fetchDockerfile, isRemoteDockerfile } from "../context/fetch-dockerfile.ts";
import type { RemoteAccess } from "../context/remote-access.ts";
import { ContextError } from "../errors/context-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import { fileTimeOf } from "../filetree/stat-values.ts";
import { Spool } from "../layer/spool.ts";
import { createLogger } from "../log/create-logger.ts";
import type { Logger } from "../log/logger.ts";
import type { BuildRun, ContextOptions, FetchableSource } from "./build-options.ts";
import { contextGitAccess, settleGitContext } from "./git-context.ts";
import type { Environment } from "./host.ts";
import { userAgent } from "./open-registry-client.ts";
import { readSecrets } from "./secrets.ts";
import { checkAgents } from "./ssh-agents.ts";
import { makeWorkDirectory } from "./work-directory.ts";

/** Tells the slipway that a build starts in namespaces what was fetched before. */
const fetchedVariable = "SLIPWAY_FETCHED_SOURCE";

/** Where context and Dockerfile are on this machine. */
interface LocalSource {
  readonly context?: string;
  readonly dockerfile?: string;
}

/**
 * Calls `work` with options that name a context and a Dockerfile of this machine. Those that come from elsewhere
 * are fetched into a directory that is gone afterwards.
 *
 * @throws USAGE_CONFLICT, CONTEXT_*, FILESYSTEM_*, or the signal's reason; what `work` throws
 */
export async function withLocalSource<O extends FetchableSource, T>(
  options: O,
  run: BuildRun,
  work: (options: O) => Promise<T>,
): Promise<T> {
  const fetched = run.environment[fetchedVariable];
  if (fetched !== undefined) return work(localOptions(options, JSON.parse(fetched) as LocalSource));
  const source = parseContextSource(options.context.location);
  const remoteFile = isRemoteDockerfile(options.dockerfile);
  if (source.kind === "directory" && !remoteFile) return work(options);
  if (source.kind === "stdin" && options.dockerfile === "-") {
    throw new UsageError(
      "USAGE_CONFLICT",
      "context and Dockerfile cannot both come from standard input",
    );
  }
  const directory = makeWorkDirectory(options.workPlaces);
  try {
    const local = await fetchSource(source, options, { run, directory });
    process.env[fetchedVariable] = JSON.stringify(local);
    return await work(localOptions(options, local));
  } finally {
    delete process.env[fetchedVariable];
    rmSync(directory, { recursive: true, force: true });
  }
}

function localOptions<O extends FetchableSource>(
  options: O,
  { context, dockerfile }: LocalSource,
): O {
  const file = dockerfile === undefined ? {} : { dockerfile };
  if (context === undefined) return { ...options, ...file };
  const local = { ...options.context, location: context };
  // What comes with its files has its Dockerfile among them, whatever lies in the working directory.
  return { ...options, context: local, workspace: resolve(context, `./${local.subPath}`), ...file };
}

async function fetchSource(
  source: ContextSource,
  options: FetchableSource,
  { run, directory }: { readonly run: BuildRun; readonly directory: string },
): Promise<LocalSource> {
  const { environment, signal } = run;
  const log = createLogger({
    ...options.log,
    destination: { write: run.writeError, status: run.showStatus },
  });
  using spool = await Spool.open(directory);
  const access: RemoteAccess = {
    spool,
    workDirectory: directory,
    environment,
    userAgent,
    log,
    signal,
    ...(await credentialsOf(options, environment)),
  };
  const stdin = process.stdin;
  const dockerfile = isRemoteDockerfile(options.dockerfile)
    ? await fetchDockerfile(options.dockerfile, { access, stdin, directory })
    : undefined;
  if (source.kind === "directory") return dockerfile === undefined ? {} : { dockerfile };
  const fetched = await fetchContext(settle(source, options, { environment, log }), {
    access,
    directory: join(directory, "context"),
    limits: options.context.limits,
    workingDirectory: process.cwd(),
    time: fileTimeOf(BigInt(Date.now()) * 1_000_000n),
    stdin,
  });
  assertSubPath(options.context, fetched.directory);
  const file = dockerfile ?? fetched.dockerfile;
  return { context: fetched.directory, ...(file === undefined ? {} : { dockerfile: file }) };
}

/** The error for a directory of this machine would say where the files lie now. */
function assertSubPath({ location, subPath }: ContextOptions, directory: string): void {
  if (existsSync(join(directory, posix.join("/", subPath)))) return;
  throw new ContextError(
    "CONTEXT_NOT_FOUND",
    `the context ${location} has no directory ${subPath}`,
    {
      hint: "Check --context-sub-path",
    },
  );
}

function settle(
  source: RemoteContext,
  options: FetchableSource,
  { environment, log }: { readonly environment: Environment; readonly log: Logger },
): RemoteContext {
  if (source.kind !== "git") return source;
  const settled = settleGitContext(source.source, options, environment);
  if (/^git:/i.test(source.source.remote) && !/^git:/i.test(settled.remote)) {
    log.info("git:// is fetched as kaniko does", {
      address: settled.remote,
      remedy: "for a server of git's own protocol, name its port: git://HOST:9418/PATH",
    });
  }
  return { kind: "git", source: settled };
}

/** What the user of slipway gives for the context. */
async function credentialsOf(
  options: FetchableSource,
  environment: Environment,
): Promise<Pick<RemoteAccess, "git" | "secrets" | "sshAgent">> {
  const { agents = new Map(), secretDirectory, secrets = new Map() } = options;
  return {
    git: contextGitAccess(options, environment),
    secrets: await readSecrets({ secretDirectory, secrets }, environment),
    sshAgent: checkAgents(agents).get("default"),
  };
}
