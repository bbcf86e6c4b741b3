import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { makeTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";

const run = promisify(execFile);

/**
 * A storage of images of their own for Debian's podman and buildah, as root. Files are read where the
 * programs unpack them: a container of podman needs more rights than the tests have everywhere.
 */
export class PodmanStorage implements AsyncDisposable {
  readonly #directory: TemporaryDirectory;
  readonly #cwd: string;

  private constructor(directory: TemporaryDirectory, cwd: string) {
    this.#directory = directory;
    this.#cwd = cwd;
  }

  /** Opens an empty one. Both programs run in `cwd`: podman takes no path of a layout that has capitals. */
  static async open(cwd: string): Promise<PodmanStorage> {
    return new PodmanStorage(await makeTemporaryDirectory(), cwd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory[Symbol.asyncDispose]();
  }

  /** Has podman pull from `source` (such as `docker://...` or `oci:...`), and gives the text of a file. */
  async readWithPodman(source: string, file: string): Promise<string> {
    const id = await this.podman("pull", "--quiet", "--tls-verify=false", source);
    return this.#read(await this.podman("image", "mount", id), file);
  }

  /** Does the same with a container of buildah. */
  async readWithBuildah(source: string, file: string): Promise<string> {
    const from = ["from", "--pull-always", "--tls-verify=false", source];
    const container = (await this.buildah(...from)).split("\n").at(-1) ?? "";
    return this.#read(await this.buildah("mount", container), file);
  }

  /** Has podman load an archive, and gives the text of a file in the image of that name. */
  async loadWithPodman(archive: string, name: string, file: string): Promise<string> {
    await this.podman("load", "--quiet", "--input", archive);
    return this.#read(await this.podman("image", "mount", name), file);
  }

  /** What podman prints, without the newline at its end. */
  podman(...args: readonly string[]): Promise<string> {
    return this.#run("podman", args);
  }

  buildah(...args: readonly string[]): Promise<string> {
    return this.#run("buildah", args);
  }

  #read(root: string, file: string): Promise<string> {
    return readFile(path.join(root, file), "utf8");
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const places = ["root", "runroot"].map((name) => `--${name}=${this.#directory.join(name)}`);
    const { stdout } = await run(program, [...places, "--storage-driver=vfs", ...args], {
      cwd: this.#cwd,
    });
    return stdout.trimEnd();
  }
}
