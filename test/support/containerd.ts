import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { makeTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";

const run = promisify(execFile);

/** Snapshots are directories: this one works on whatever filesystem the tests have. */
const snapshotter = ["--snapshotter", "native"];

/** Debian's containerd as root, with a storage of its own, and `ctr` as its client. */
export class Containerd implements AsyncDisposable {
  readonly #directory: TemporaryDirectory;
  readonly #process: ChildProcess;

  private constructor(directory: TemporaryDirectory, process: ChildProcess) {
    this.#directory = directory;
    this.#process = process;
  }

  /** Starts one, and waits until it answers. */
  static async start(): Promise<Containerd> {
    const directory = await makeTemporaryDirectory();
    const config = [
      "version = 2",
      `root = "${directory.join("root")}"`,
      `state = "${directory.join("state")}"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = "${directory.join("socket")}"`,
    ];
    await writeFile(directory.join("config.toml"), config.join("\n"));
    const program = spawn("containerd", ["--config", directory.join("config.toml")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await once(program, "spawn");
    let log = "";
    await new Promise<void>((resolve, reject) => {
      program.stderr.on("data", (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes("successfully booted")) resolve();
      });
      program.once("exit", () => reject(new Error(`containerd ended: ${log}`)));
    });
    return new Containerd(directory, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
    await this.#directory[Symbol.asyncDispose]();
  }

  /** Has `ctr` import an archive, and gives the text of a file in the image of that name. */
  async load(archive: string, name: string, file: string): Promise<string> {
    await this.#ctr("images", "import", ...snapshotter, archive);
    const root = this.#directory.join("mounted");
    await mkdir(root, { recursive: true });
    await this.#ctr("images", "mount", ...snapshotter, name, root);
    try {
      return await readFile(path.join(root, file), "utf8");
    } finally {
      await this.#ctr("images", "unmount", root);
    }
  }

  async #ctr(...args: readonly string[]): Promise<void> {
    await run("ctr", ["--address", this.#directory.join("socket"), ...args]);
  }
}
