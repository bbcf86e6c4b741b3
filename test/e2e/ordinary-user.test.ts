import { execFile } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { runProgram } from "../../src/support/process.ts";
import { BuildYard } from "../support/build-yard.ts";
import { pullWithSkopeo, runWithRunc } from "../support/peers.ts";

const run = promisify(execFile);

const user = "slipway-e2e";
const isRoot = process.getuid?.() === 0;

const dockerfile = `
FROM busybox
RUN echo clerk:x:1234:1234::/:/bin/sh >> /etc/passwd && mkdir -p /srv/ledger && chown 1234 /srv/ledger && id -u > /srv/ledger/by
USER clerk
RUN id -u >> /srv/ledger/mine && chmod 751 /srv/ledger
USER root
ENTRYPOINT ["sh", "-c", "cat /srv/ledger/by /srv/ledger/mine; stat -c '%u %a' /srv/ledger /srv/ledger/mine"]
`;

describe("e2e/ordinary-user (needs root, to make the user)", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let launcher: readonly string[];

  before(async function () {
    // As an ordinary user, all other end-to-end tests are what this one is to root.
    if (!isRoot) this.skip();
    await run("useradd", ["--system", "--user-group", "--add-subids-for-system", user]);
    yard = await BuildYard.open();
    for (const name of [".", "tmp", "results", "docker"]) await chmod(yard.path(name), 0o777);
    launcher = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--"];
    // The checkout may be where only root can read.
    const program = path.resolve("src/cli/main.ts");
    const trial = await runProgram(["setpriv", ...launcher.slice(1), "test", "-r", program]);
    if (trial.kind !== "exited" || trial.code !== 0) this.skip();
  });

  after(async () => {
    await yard?.[Symbol.asyncDispose]();
    if (isRoot) await run("userdel", [user]);
  });

  it("runs commands as several users and keeps their files' owners", async () => {
    const context = await yard.context({ Dockerfile: dockerfile });
    const reference = yard.reference("ledger:1");

    const result = await yard.build(context, [`--destination=${reference}`], {
      launcher,
      environment: { HOME: yard.path("tmp") },
    });

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(await yard.leftovers()).to.deep.equal([]);
    await pullWithSkopeo(reference, yard.path("pulled"));
    expect(await runWithRunc(yard.path("pulled"))).to.equal("0\n1234\n1234 751\n1234 644\n");
  });

  it("keeps cache mounts with their owners, apart from those of builds with other ids", async () => {
    const context = await yard.context({
      Dockerfile: `FROM busybox
RUN --mount=type=cache,target=/c touch /c/$(ls /c | wc -l) && chown 1234 /c/* && echo counted $(stat -c %u /c/*)
`,
    });
    const directory = yard.path("kept");
    await mkdir(directory);
    await chmod(directory, 0o777);
    const asUser = { launcher, environment: { HOME: yard.path("tmp") } };
    const counted: (string | undefined)[] = [];
    for (const options of [asUser, asUser, {}, asUser]) {
      const args = ["--no-push", "--isolation=namespace", `--cache-dir=${directory}`];
      const { exitCode, stderr } = await yard.build(context, args, options);
      expect(exitCode, stderr).to.equal(0);
      counted.push(/counted ([\d ]+)/.exec(stderr)?.[1]);
    }

    expect(counted).to.deep.equal(["1234", "1234 1234", "1234", "1234 1234 1234"]);
  });
});
