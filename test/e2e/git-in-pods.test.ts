import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { runProgram } from "../../src/support/process.ts";
import { writeBusyboxImage } from "../support/busybox-image.ts";
import { makeTestRepository, type TestRepository } from "../support/git/repository.ts";
import { backwards, searchScript } from "../support/git/search-script.ts";
import { type SshServer, startSshServer } from "../support/git/ssh-server.ts";
import { hasPods } from "../support/pods.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const run = promisify(execFile);
const minutes = 60_000;

describe("e2e/git-in-pods (needs root, openssh-server, and the pods beside the project)", function () {
  // The step image may have to be made first.
  this.timeout(30 * minutes);
  let place: TemporaryDirectory;
  let repository: TestRepository;
  let server: SshServer;

  before(async function () {
    if (!hasPods()) this.skip();
    await run("npm", ["run", "--silent", "build"]);
    place = await makeTemporaryDirectory();
    await chmod(place.path, 0o755);
    await writeBusyboxImage(place.join("busybox"));
    const lines = ["FROM busybox", "ARG WORD", "COPY . /context", "RUN sh /context/search $WORD"];
    repository = await makeTestRepository(place.path, {
      "app/Dockerfile": `${lines.join("\n")}\n`,
      "app/search": searchScript,
    });
    for (const name of ["sshd", "ssh"]) await mkdir(place.join(name));
    server = await startSshServer(place.join("sshd"));
    // As a Secret of the type kubernetes.io/ssh-auth is mounted.
    await writeFile(place.join("ssh/ssh-privatekey"), server.key, { mode: 0o644 });
    await writeFile(place.join("ssh/known_hosts"), server.knownHost);
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  for (const profile of ["restricted", "unconfined"]) {
    it(`fetches a context by ssh in the step image, which has neither accounts nor a shell, and no RUN of the pod ${profile} finds the key`, async () => {
      const secret = server.key.split("\n")[3] ?? "";
      const context = `ssh://${server.user}@127.0.0.1:${server.port}${repository.bare}#main:app`;

      const result = await runProgram([
        process.execPath,
        "bench/pods.ts",
        "run",
        `--profile=${profile}`,
        `--mount=${place.join("busybox")}:/busybox:ro`,
        `--mount=${place.join("ssh")}:/slipway/home/.ssh:ro`,
        "--",
        "build",
        `--context=${context}`,
        "--no-push",
        "--build-context=busybox=oci-layout:///busybox",
        `--build-arg=WORD=${backwards(secret)}`,
      ]);

      if (result.kind !== "exited") throw new Error(JSON.stringify(result));
      const said = `${result.stdout.toString()}${result.stderr.toString()}`;
      expect(result.code, said).to.equal(0);
      expect(said).to.include("searched").and.not.include(secret);
    });
  }
});
