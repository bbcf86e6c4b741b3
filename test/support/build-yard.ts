import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeBusyboxImage } from "./busybox-image.ts";
import { type DockerRegistry, startDockerRegistry } from "./docker-registry.ts";
import { pushWithSkopeo } from "./peers.ts";
import {
  type RunningSlipway,
  type SlipwayOptions,
  type SlipwayResult,
  startSlipway,
} from "./slipway-cli.ts";

/** Text of files, by their path in a build context. */
export type ContextFiles = Readonly<Record<string, string>>;

/**
 * A place to build in with the real program: a registry on loopback that stands for docker.io and
 * holds `busybox`, a temporary directory that slipway is pointed to, and eyes for what it leaves.
 */
export class BuildYard implements AsyncDisposable {
  readonly directory: string;
  readonly registry: DockerRegistry;
  #contexts = 0;

  private constructor(directory: string, registry: DockerRegistry) {
    this.directory = directory;
    this.registry = registry;
  }

  static async open(): Promise<BuildYard> {
    const directory = await mkdtemp(path.join(tmpdir(), "slipway-yard-"));
    const yard = new BuildYard(directory, await startDockerRegistry());
    for (const name of ["tmp", "docker", "results"]) await mkdir(yard.path(name));
    await writeBusyboxImage(yard.path("busybox"));
    await yard.offer(yard.path("busybox"), "busybox");
    return yard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }

  /** A path inside the yard, such as `results/digest`. */
  path(name: string): string {
    return path.join(this.directory, name);
  }

  /** The reference of a repository of the yard's registry. */
  reference(repositoryAndTag: string): string {
    return `${this.registry.host}/${repositoryAndTag}`;
  }

  /** Makes the image of an OCI layout available to `FROM <name>`. */
  async offer(layout: string, name: string): Promise<void> {
    await pushWithSkopeo(layout, this.reference(`library/${name}`));
  }

  /** Writes a build context and gives its path. */
  async context(files: ContextFiles): Promise<string> {
    this.#contexts += 1;
    const context = this.path(`context-${this.#contexts}`);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(context, name)), { recursive: true });
      await writeFile(path.join(context, name), text);
    }
    return context;
  }

  /** Starts a build of `context` that takes docker.io from the yard's registry. */
  start(context: string, args: readonly string[], options: SlipwayOptions = {}): RunningSlipway {
    const { host } = this.registry;
    const given = ["build", `--context=${context}`, `--dockerfile=${context}/Dockerfile`];
    const registries = [`--insecure-registry=${host}`, `--registry-map=docker.io=${host}`];
    const environment = {
      TMPDIR: this.path("tmp"),
      DOCKER_CONFIG: this.path("docker"),
      NO_COLOR: "1",
      ...options.environment,
    };
    return startSlipway([...given, ...registries, ...args], { ...options, environment });
  }

  /** Runs such a build to its end. */
  async build(
    context: string,
    args: readonly string[],
    options?: SlipwayOptions,
  ): Promise<SlipwayResult> {
    return this.start(context, args, options).result;
  }

  /** What a build must not leave: result files, temporary files, mounts and processes. */
  async leftovers(): Promise<readonly string[]> {
    const files = await Promise.all(
      ["tmp", "results"].map(async (name) =>
        (await readdir(this.path(name))).map((file) => `file ${name}/${file}`),
      ),
    );
    return [...files.flat(), ...(await this.#mounts()), ...(await this.#processes())];
  }

  async #mounts(): Promise<readonly string[]> {
    const mounts = await readFile("/proc/self/mountinfo", "utf8");
    return mounts
      .split("\n")
      .filter((line) => line.includes(this.path("tmp")))
      .map((line) => `mount ${line}`);
  }

  /** Processes that work for slipway have the yard in their environment or arguments. */
  async #processes(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const pid of await readdir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const command = await readOrEmpty(`/proc/${pid}/cmdline`);
      const environment = await readOrEmpty(`/proc/${pid}/environ`);
      const isOurs = `${command}${environment}`.includes(this.path("tmp"));
      if (isOurs) found.push(`process ${pid} ${command.replaceAll("\0", " ")}`);
    }
    return found;
  }
}

/** A process may end while it is looked at, or be somebody else's. */
async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
