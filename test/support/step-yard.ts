import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "../../src/build/build.ts";
import { carryOut } from "../../src/build/carry-out.ts";
import type { BuildPorts, BuildRequest } from "../../src/build/ports.ts";
import { StepScope } from "../../src/build/scope.ts";
import { BuildSession } from "../../src/build/session.ts";
import { type StageStart, StageState } from "../../src/build/stage-state.ts";
import { startStep } from "../../src/build/steps/start-step.ts";
import { DirectoryContext } from "../../src/context/directory-context.ts";
import type { Instruction } from "../../src/dockerfile/instruction.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { Spool } from "../../src/layer/spool.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { FinishedImage } from "../../src/output/output.ts";
import { planBuild } from "../../src/plan/build-plan.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";
import { listing, someTime } from "./tree.ts";

const linux = { os: "linux", architecture: "amd64" };

/** What a stage has become after some instructions. */
export interface StepOutcome {
  readonly state: StageState;
  /** The stage's files, one line each (`listing`). */
  readonly files: readonly string[];
  /** `created_by` of the history, `(empty)` behind entries without a layer. */
  readonly history: readonly string[];
}

/** What a stage begins with; files as a tree. */
type StartOptions = Partial<StageStart> & { readonly tree?: FileTree };

/** Carries out instructions on a stage, with everything real but registries and commands. */
export class StepYard implements AsyncDisposable {
  readonly #temporary: TemporaryDirectory;
  readonly #contents: Contents;
  readonly #spool: Spool;
  /** What stands in place of the yard's own ports. */
  ports: Partial<BuildPorts> = {};

  private constructor(temporary: TemporaryDirectory, contents: Contents, spool: Spool) {
    this.#temporary = temporary;
    this.#contents = contents;
    this.#spool = spool;
  }

  static async open(): Promise<StepYard> {
    const temporary = await makeTemporaryDirectory();
    for (const name of ["context", "work"]) await mkdir(temporary.join(name));
    const spool = await Spool.open(temporary.join("work"));
    return new StepYard(temporary, new Contents(temporary.join("work")), spool);
  }

  /** The directory that holds all of it, and has room for what a test needs. */
  get directory(): string {
    return this.#temporary.path;
  }

  get contents(): Contents {
    return this.#contents;
  }

  /** Writes a file of the build context. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    const file = this.#temporary.join("context", name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o644 });
  }

  /** Makes a symbolic link in the build context. */
  async link(name: string, target: string): Promise<void> {
    await symlink(target, this.#temporary.join("context", name));
  }

  /** A build of which nothing has been done. */
  session(text: string, request: Partial<BuildRequest> = {}): BuildSession {
    const complete: BuildRequest = { ...defaultRequest, ...request };
    const plan = planBuild(parseDockerfile(text, "Dockerfile"), complete);
    return new BuildSession(plan, complete, this.#ports());
  }

  /** An instruction that is not carried out, and what it would have to work with. */
  prepare(text: string, start: StartOptions = {}): { instruction: Instruction; scope: StepScope } {
    const session = this.session(`FROM scratch\n${text}\n`);
    const state = stateOf(session, start);
    const [instruction] = state.planned.stage.instructions;
    if (instruction === undefined) throw new TypeError("there is no instruction");
    return { instruction, scope: new StepScope(session, state, instruction) };
  }

  /** Carries out `instructions` in a stage that begins with `start`: nothing, where it is not said. */
  async run(
    instructions: string,
    start: StartOptions = {},
    request: Partial<BuildRequest> = {},
  ): Promise<StepOutcome> {
    await using session = this.session(`FROM scratch\n${instructions}\n`, request);
    const state = stateOf(session, start);
    for (const instruction of state.planned.stage.instructions) {
      const scope = new StepScope(session, state, instruction);
      await scope.locate(async () => {
        const step = startStep(instruction, scope);
        if (step !== undefined) await carryOut(step, scope);
      });
    }
    const history = state.history.map(
      ({ created_by: text = "", empty_layer: isEmpty }) =>
        text + (isEmpty === true ? " (empty)" : ""),
    );
    return { state, files: listing(await state.tree()), history };
  }

  /** Builds a whole Dockerfile and gives the image. */
  async build(text: string, request: Partial<BuildRequest> = {}): Promise<FinishedImage> {
    const published: FinishedImage[] = [];
    await build(
      parseDockerfile(text, "Dockerfile"),
      { ...defaultRequest, ...request },
      {
        ...this.#ports(),
        publish: (image) => {
          published.push(image);
          return Promise.resolve();
        },
      },
    );
    const [image] = published;
    if (image === undefined) throw new TypeError("nothing was published");
    return image;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contents[Symbol.asyncDispose]();
    await this.#temporary[Symbol.asyncDispose]();
  }

  #ports(): BuildPorts {
    const directory = this.#temporary.join("context");
    return {
      pull: () => Promise.reject(new Error("nothing is pulled here")),
      openLayout: () => Promise.reject(new Error("no layout is opened here")),
      openContext: () => Promise.reject(new Error("no other context is opened here")),
      context: new DirectoryContext({ directory, ignore: undefined, matcher: undefined }),
      remoteAccess: {
        spool: this.#spool,
        workDirectory: this.#temporary.join("work"),
        environment: { PATH: process.env["PATH"] },
        userAgent: "slipway-test",
        log: silentLogger,
        signal: new AbortController().signal,
        retry: { attempts: 1, baseDelayMs: 0, longestDelayMs: 0 },
      },
      runner: () => Promise.reject(new Error("nothing is run here")),
      secrets: new Map(),
      agents: new Map(),
      workDirectory: this.#temporary.join("work"),
      spool: this.#spool,
      contents: this.#contents,
      cache: undefined,
      startLayer: () => undefined,
      publish: () => Promise.resolve(),
      commandOutput: () => ({ write: () => undefined, end: () => undefined }),
      oomKills: () => null,
      progress: () => {},
      log: silentLogger,
      signal: new AbortController().signal,
      ...this.ports,
    };
  }
}

/** The only stage of a session, before its first instruction. */
function stateOf(session: BuildSession, start: StartOptions): StageState {
  const [planned] = session.plan.stages;
  if (planned === undefined) throw new TypeError("there is no stage");
  const tree = start.tree ?? new FileTree();
  const loadTree = (): Promise<FileTree> => Promise.resolve(tree.fork());
  return new StageState(planned, { ...emptyStart, loadTree, ...start });
}

const defaultRequest: BuildRequest = {
  target: undefined,
  buildArgs: new Map(),
  labels: new Map(),
  annotations: new Map(),
  imageFormat: "oci",
  compression: { algorithm: "gzip" },
  namedContexts: new Map(),
  buildPlatform: linux,
  targetPlatform: linux,
  isPlatformRequested: false,
  sourceDateEpoch: undefined,
  startTime: someTime,
  noCache: [],
  maxParallelism: 2,
};

const emptyStart: Omit<StageStart, "loadTree"> = {
  image: undefined,
  identity: { definition: undefined, content: undefined },
  platform: linux,
  author: undefined,
  created: undefined,
  config: {},
  history: [],
  layers: [],
};
