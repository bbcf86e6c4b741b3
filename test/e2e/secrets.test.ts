import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { errnoOf } from "../../src/errors/filesystem-error.ts";
import { BuildYard } from "../support/build-yard.ts";

const inFile = "tu9Xe-of-a-file";
const inVariable = "Ohb4i-of-a-variable";

describe("e2e/secrets", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("shows secrets to the command that asks for them, and to no file, log, layer or history", async () => {
    await writeFile(yard.path("secret"), inFile);
    // The command connects while it runs, and goes on when the connection is ended.
    let onDisk: readonly string[] = ["not looked at"];
    const look = async (): Promise<void> => {
      onDisk = await holders(yard.path("tmp"));
    };
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      void look().finally(() => socket.end());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const context = await yard.context({
      Dockerfile: `FROM busybox
RUN --mount=type=secret,id=file --mount=type=secret,id=variable,env=TOKEN \\
  --mount=type=cache,target=/cache --mount=target=/context \\
  wc -c < /run/secrets/file && echo "\${#TOKEN}" && nc 127.0.0.1 ${port} </dev/null
RUN test ! -e /run/secrets && test -z "$TOKEN"
`,
    });

    const { exitCode, stdout, stderr } = await yard.build(
      context,
      [
        "--no-push",
        "--verbosity=trace",
        `--oci-layout-path=${yard.path("layout")}`,
        `--secret=id=file,src=${yard.path("secret")}`,
        "--secret=id=variable,env=SECRET_VARIABLE",
      ],
      { environment: { SECRET_VARIABLE: inVariable } },
    );
    server.close();

    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.match(new RegExp(`\\b${inFile.length}\\n[^]*\\b${inVariable.length}\\n`));
    expect(onDisk).to.deep.equal([]);
    expect(holds(Buffer.from(stdout + stderr))).to.equal(false);
    expect(await holders(yard.path("layout"))).to.deep.equal([]);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("says before anything is built that a secret is not there", async () => {
    const context = await yard.context({ Dockerfile: "FROM no-such-image\nRUN true\n" });

    const { exitCode, stderr } = await yard.build(context, [
      "--no-push",
      `--secret=id=file,src=${yard.path("none")}`,
    ]);

    expect(exitCode).to.equal(2);
    expect(stderr).to.include(`secret file cannot be read from ${yard.path("none")}`);
  });
});

/** Files at and below `directory` that hold one of the secrets, compressed or not. */
async function holders(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  let read = 0;
  for (const file of await filesBelow(directory)) {
    read += 1;
    const bytes = await readFile(file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (holds(isGzip ? gunzipSync(bytes) : bytes)) found.push(file);
  }
  return read === 0 ? [`nothing is in ${directory}`] : found;
}

/** All files below `directory`, but for those in directories that overlayfs keeps to itself. */
async function filesBelow(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    // Their mode is 0, and to an ordinary user that means something.
    if (errnoOf(error) === "EACCES" && path.basename(directory) === "work") return [];
    throw error;
  });
  for (const entry of entries) {
    const at = path.join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(at)));
    else if (entry.isFile()) files.push(at);
  }
  return files;
}

function holds(bytes: Buffer): boolean {
  return bytes.includes(inFile) || bytes.includes(inVariable);
}
