import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { expect } from "chai";
import type { DoctorReport } from "../../src/cli/doctor/report.ts";
import { startSlipway } from "../support/slipway-cli.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("e2e/doctor", function () {
  this.timeout(60_000);
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place[Symbol.asyncDispose]());

  const doctor = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): ReturnType<typeof startSlipway>["result"] =>
    startSlipway(["doctor", ...args], {
      environment: { TMPDIR: place.path, DOCKER_CONFIG: place.path, ...environment },
    }).result;

  it("tries what builds try, says what it finds, and leaves nothing", async () => {
    const { exitCode, stderr, stdout } = await doctor([]);

    expect(stderr).to.equal("");
    expect(stdout).to.match(/^slipway .*\nRUN can(not)? be run here/);
    expect(stdout).to.include("Registry credentials\n  none\n");
    expect(exitCode).to.equal(stdout.includes("RUN can be run") ? 0 : 1);
    expect(await readdir(place.path)).to.deep.equal([]);
  });

  it("says in JSON why nothing works, and ends with 1", async () => {
    const { exitCode, stdout } = await doctor(["--format=json"], { PATH: "/no/programs" });

    const report = JSON.parse(stdout) as DoctorReport;
    expect(exitCode).to.equal(1);
    expect(report.rung).to.equal(null);
    expect(report.pod.programs["crun"]).to.equal(null);
    const refused = report.rungs.map((rung) => (rung.works ? [] : rung.refusals)).flat();
    expect(refused.find(({ rung }) => rung === "namespace")?.reason).to.include("unshare: ENOENT");
    expect(await readdir(place.path)).to.deep.equal([]);
  });

  it("shows for which registries there are credentials, and no secret", async () => {
    const auths = { "registry.test": { auth: btoa("clerk:tell-nobody") } };
    writeFileSync(place.join("config.json"), JSON.stringify({ auths }));

    const { stdout } = await doctor([]);

    expect(stdout).to.include(`  registry.test  ${place.join("config.json")} (auths)\n`);
    expect(stdout).to.not.match(/tell-nobody|clerk/);
  });

  it("goes on where the work directory or the credentials are no good", async () => {
    writeFileSync(place.join("config.json"), "no JSON");

    const { exitCode, stdout } = await doctor([`--work-dir=${place.join("config.json/below")}`]);

    expect(exitCode).to.equal(1);
    expect(stdout).to.include("(WORK_DIRECTORY_UNWRITABLE)").and.include("(CREDENTIALS_INVALID)");
  });
});
