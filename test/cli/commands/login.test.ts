import { readdir, readFile, stat } from "node:fs/promises";
import { expect } from "chai";
import { type DockerRegistry, startDockerRegistry } from "../../support/docker-registry.ts";
import { type SlipwayResult, startSlipway } from "../../support/slipway-cli.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const right = { username: "clerk", password: "right: secret" };

describe("cli/commands/login", function () {
  this.timeout(20_000);
  let directory: TemporaryDirectory;
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry({ basic: right });
  });

  after(() => registry[Symbol.asyncDispose]());

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  it("keeps a login that the registry takes, for its owner only, and builds use it", async () => {
    const { exitCode, stdout } = await login(registry.host);

    const file = directory.join(".docker/config.json");
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal(`The login to ${registry.host} is kept in ${file}\n`);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).to.deep.equal({
      auths: { [registry.host]: { auth: btoa("clerk:right: secret") } },
    });
    const args = ["auth", "explain", `${registry.host}/app`];
    const { stdout: explained } = await slipway(args);
    expect(explained).to.include(`found: clerk:***, ${file} (auths "${registry.host}")`);
  });

  it("keeps nothing that the registry refuses", async () => {
    const { exitCode, stderr } = await login(registry.host, "wrong secret");

    expect(exitCode).to.equal(10);
    expect(stderr).to.include(`cannot log in to ${registry.host}`);
    expect(stderr).to.include('as "clerk"');
    expect(stderr).not.to.include("wrong secret");
    expect(await readdir(directory.path)).to.deep.equal([]);
  });

  it("says that a registry has not tried the password, since it asks nobody", async () => {
    await using open = await startDockerRegistry();

    const { exitCode, stdout } = await login(open.host);

    expect(exitCode).to.equal(0);
    expect(stdout).to.include("it has not been tried, since the registry asks nobody");
  });

  for (const { given, says } of [
    { given: ["--username=u", "--password-stdin"], says: "is missing" },
    { given: ["r.example", "--password-stdin"], says: "is missing" },
    { given: ["r.example", "--username=u"], says: "is missing" },
    { given: ["r.example/team", "--username=u", "--password-stdin"], says: "is not the host" },
    { given: ["r.example", "--username=a:b", "--password-stdin"], says: "has a colon" },
    { given: ["r.example", "--username=u", "--password-stdin"], says: "holds no password" },
  ]) {
    it(`refuses ${JSON.stringify(given)}`, async () => {
      const { exitCode, stderr } = await slipway(["login", ...given]);

      expect(exitCode).to.equal(2);
      expect(stderr).to.include(says);
    });
  }

  function login(host: string, password = right.password): Promise<SlipwayResult> {
    const args = ["login", host, "-u", "clerk", "--password-stdin", `--insecure-registry=${host}`];
    return slipway(args, `${password}\n`);
  }

  function slipway(args: readonly string[], input?: string): Promise<SlipwayResult> {
    const environment = {
      HOME: directory.path,
      PATH: `${directory.path}:${process.env["PATH"] ?? ""}`,
      DOCKER_CONFIG: "",
    };
    return startSlipway(args, { environment, ...(input === undefined ? {} : { input }) }).result;
  }
});
