import { execFile } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import packageJson from "../../../package.json" with { type: "json" };
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const run = promisify(execFile);
const programs = ["slipway.mjs", "slipway.bundle.js", "slipway.bundle.cache"];

/** Says after the run what V8 made of the code cache: `rejected` is undefined where it got none. */
const ask = `
  const { script } = await import(process.argv[1]);
  process.on("exit", () => process.stderr.write(JSON.stringify({ rejected: script.cachedDataRejected })));`;

describe("cli/bundle/loader", function () {
  this.timeout(120_000);
  let built: TemporaryDirectory;
  let directory: TemporaryDirectory;

  before(async () => {
    built = await makeTemporaryDirectory();
    await run("npm", ["run", "--silent", "build:bundle"], {
      env: { ...process.env, DIST: built.path },
    });
    await run(process.execPath, ["src/cli/bundle/make-code-cache.ts", built.path]);
  });

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    for (const name of programs) await cp(built.join(name), directory.join(name));
  });

  afterEach(() => directory[Symbol.asyncDispose]());
  after(() => built[Symbol.asyncDispose]());

  /** Asks for the version, and for what V8 made of the code cache. */
  async function start(
    flags: readonly string[] = [],
  ): Promise<{ readonly version: string; readonly rejected?: boolean }> {
    const program = directory.join("slipway.mjs");
    const args = [...flags, "--input-type=module", "--eval", ask, program, "--version"];
    const { stdout, stderr } = await run(process.execPath, args);
    return { version: stdout.trim(), ...(JSON.parse(stderr) as { rejected?: boolean }) };
  }

  const { version } = packageJson;

  it("takes the code cache that was made with the bundle", async () => {
    expect(await start()).to.deep.equal({ version, rejected: false });
  });

  it("takes it with the flag of the step image, and where little memory is allowed", async () => {
    for (const flag of ["--min-semi-space-size=8", "--max-old-space-size=200"]) {
      expect(await start([flag]), flag).to.deep.equal({ version, rejected: false });
    }
  });

  it("goes on without one", async () => {
    await rm(directory.join("slipway.bundle.cache"));

    expect(await start()).to.deep.equal({ version });
  });

  for (const [what, change] of [
    ["is empty", () => Buffer.alloc(0)],
    ["is cut", (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    ["has a wrong byte", (whole: Buffer) => whole.fill(~(whole[50_000] ?? 0), 50_000, 50_001)],
  ] as const) {
    it(`gives V8 none that ${what}`, async () => {
      const file = directory.join("slipway.bundle.cache");
      await writeFile(file, change(await readFile(file)));

      expect(await start()).to.deep.equal({ version });
    });
  }

  it("gives V8 none of another bundle, even one of this length", async () => {
    const file = directory.join("slipway.bundle.js");
    const source = await readFile(file, "utf8");
    await writeFile(file, source.replace("Other commands:", "OTHER COMMANDS:"));

    expect(await start()).to.deep.equal({ version });
  });

  it("compiles anew where V8 has other flags", async () => {
    expect(await start(["--no-flush-bytecode"])).to.deep.equal({ version, rejected: true });
  });

  it("says the same help as the sources", async () => {
    const args = ["build", "--help"];
    const bundled = await run(process.execPath, [directory.join("slipway.mjs"), ...args]);
    const sources = await run(process.execPath, [path.resolve("src/cli/main.ts"), ...args]);

    expect(bundled.stdout).to.equal(sources.stdout);
  });

  it("says in one line what an old Node lacks", async () => {
    const pretend = `Object.defineProperties(process, {
      version: { value: "v20.20.2" }, versions: { value: { node: "20.20.2" } } });`;
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
    const args = ["--import", preload, directory.join("slipway.mjs"), "--version"];
    const failure = await run(process.execPath, args).catch((error: unknown) => error);

    expect(failure).to.deep.include({
      code: 2,
      stdout: "",
      stderr: "slipway needs Node.js 24 or later, and this is v20.20.2\n",
    });
  });

  it("is made with the same bytes again", async () => {
    await run(process.execPath, ["src/cli/bundle/make-code-cache.ts", built.path]);

    const [first, again] = await Promise.all(
      [directory, built].map((each) => readFile(each.join("slipway.bundle.cache"))),
    );
    expect(first !== undefined && again?.equals(first)).to.equal(true);
  });
});
