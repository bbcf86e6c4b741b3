import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { startGitDaemon } from "../support/git/daemon.ts";
import { git } from "../support/git/http-server.ts";
import { startNginxGit } from "../support/git/nginx-server.ts";
import { commitFiles, makeTestRepository, type TestRepository } from "../support/git/repository.ts";
import { backwards, searchScript } from "../support/git/search-script.ts";
import { startSshServer } from "../support/git/ssh-server.ts";
import type { Nginx } from "../support/nginx.ts";
import { manifestOf, tagsOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const login = { user: "builder", password: "correct-horse-battery" };

describe("e2e/git-contexts (needs nginx, fcgiwrap and openssh-server)", function () {
  this.timeout(120_000);
  let yard: BuildYard;
  let servers: AsyncDisposableStack;
  let repository: TestRepository;
  let certificate: CertificateFiles;
  let web: Nginx;

  before(async () => {
    yard = await BuildYard.open();
    servers = new AsyncDisposableStack();
    certificate = await makeCertificate(yard.directory, "git");
    await mkdir(yard.path("repositories"));
    repository = await makeTestRepository(yard.path("repositories"), {
      Dockerfile:
        "FROM busybox\nARG WORD\nCOPY . /context\nRUN test -f /context/.git/config && sh /context/search $WORD && ! sh /context/search yoced\n",
      decoy: "decoy\n",
      search: searchScript,
      "service/Dockerfile": "FROM scratch\nCOPY . /\n",
      "service/.dockerignore": "left-out\n",
      "service/kept": "kept\n",
      "service/left-out": "left out\n",
      "docker/Service": "FROM scratch\nCOPY kept /\n",
      "stages/Dockerfile":
        "FROM busybox AS tool\nRUN echo made >/made\nFROM busybox\nCOPY --from=tool /made /\nRUN cat /made\n",
    });
    await mkdir(yard.path("nginx"));
    web = servers.use(
      await startNginxGit({
        repositories: repository.parent,
        directory: yard.path("nginx"),
        tls: certificate,
        login,
      }),
    );
  });

  after(async () => {
    await servers.disposeAsync();
    await yard[Symbol.asyncDispose]();
  });

  /** A home with these files, by path. */
  async function home(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = yard.path("home");
    await mkdir(`${directory}/.ssh`, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(`${directory}/${name}`, text);
      await chmod(`${directory}/${name}`, 0o644);
    }
    return directory;
  }

  async function slipway(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SlipwayResult> {
    const { host } = yard.registry;
    return startSlipway(args, {
      environment: {
        TMPDIR: yard.path("tmp"),
        DOCKER_CONFIG: yard.path("docker"),
        NO_COLOR: "1",
        NODE_EXTRA_CA_CERTS: certificate.certificate,
        SLIPWAY_INSECURE_REGISTRY: host,
        SLIPWAY_REGISTRY_MAP: `docker.io=${host}`,
        ...environment,
      },
    }).result;
  }

  async function build(
    context: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SlipwayResult> {
    const destination = `--destination=${yard.reference("built:1")}`;
    return slipway(["build", `--context=${context}`, destination, ...args], environment);
  }

  async function layerNames(): Promise<readonly string[]> {
    const { layers } = await manifestOf(yard.registry.host, "built", "1");
    return layers.map(({ digest }) => digest);
  }

  const logins = {
    "user and password of a URL": () => ({
      context: `https://${login.user}:${login.password}@${web.host}/app.git`,
      environment: {},
    }),
    "kaniko's variables": () => ({
      context: `https://${web.host}/app.git`,
      environment: { GIT_USERNAME: login.user, GIT_PASSWORD: login.password },
    }),
    "a file of git's credential store": () => ({
      context: `https://${web.host}/app.git`,
      environment: { HOME: yard.path("home") },
    }),
  };
  for (const [title, given] of Object.entries(logins)) {
    it(`builds from https with ${title}, which no RUN can find, and no log`, async () => {
      const pair = `${login.user}:${login.password}`;
      await home({ ".git-credentials": `https://${pair}@${web.host}\n` });
      const { context, environment } = given();
      const words = [login.password, btoa(pair)].map(backwards).join(" ");

      const result = await build(
        `${context}?keep-git-dir=true#main`,
        [`--build-arg=WORD=${words}`],
        environment,
      );

      expect(result.exitCode, result.stderr).to.equal(0);
      expect(result.stderr + result.stdout).to.include("searched");
      expect(result.stderr + result.stdout).not.to.include(login.password);
      expect(await yard.leftovers()).to.deep.equal([]);
    });
  }

  it("builds from ssh with a key that no RUN can find, and no log", async () => {
    await mkdir(yard.path("sshd"));
    await using server = await startSshServer(yard.path("sshd"));
    const HOME = await home({ ".ssh/id_one": server.key, ".ssh/known_hosts": server.knownHost });
    const secret = server.key.split("\n")[3] ?? "";
    const context = `ssh://${server.user}@127.0.0.1:${server.port}${repository.bare}`;

    const word = `--build-arg=WORD=${backwards(secret)}`;
    const result = await build(`${context}?keep-git-dir=true`, [word], { HOME });

    expect(secret).to.have.length.greaterThan(40);
    expect(result.exitCode, result.stderr).to.equal(0);
    expect(result.stderr + result.stdout)
      .to.include("searched")
      .and.not.include(secret);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("fetches git://HOST as kaniko does, and git://HOST:PORT from a daemon", async () => {
    await using daemon = await startGitDaemon(repository.parent);

    const plain = await build(`git://127.0.0.1:${daemon.port}/app.git#main:service`);
    const https = await build(`git://${web.host}/app.git#refs/heads/main:service`, [], {
      GIT_PULL_METHOD: "https",
      GIT_USERNAME: login.user,
      GIT_PASSWORD: login.password,
    });

    expect(plain.exitCode, plain.stderr).to.equal(0);
    expect(https.exitCode, https.stderr).to.equal(0);
    expect(https.stderr).to.include(`https://${web.host}/app.git`).and.include("HOST:9418");
  });

  it("takes a sub-path with its Dockerfile and .dockerignore, or a Dockerfile beside it", async () => {
    const context = `file://${repository.bare}`;
    const output = ["--reproducible", "--context-sub-path=service"];

    const below = await build(`${context}#main`, output);
    const [whole] = await layerNames();
    const subdirectory = await build(`${context}#main:service`, ["--reproducible"]);
    const [same] = await layerNames();
    const beside = await build(`${context}#main`, [...output, "--dockerfile=../docker/Service"]);
    const [kept] = await layerNames();

    for (const { exitCode, stderr } of [below, subdirectory, beside]) {
      expect(exitCode, stderr).to.equal(0);
    }
    expect(same).to.equal(whole);
    expect(kept).not.to.equal(whole);
  });

  it("says that the sub-path is not there, of which context, and leaves nothing", async () => {
    const context = `file://${repository.bare}`;

    const { exitCode, stderr } = await build(context, ["--context-sub-path=absent"]);

    expect(exitCode).to.equal(5);
    expect(stderr).to.include(`${context} has no directory absent (CONTEXT_NOT_FOUND)`);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("takes the branch of --git, and says which commit it is", async () => {
    const { work } = repository;
    await git(work, ["checkout", "--quiet", "-b", "release"]);
    const commit = await commitFiles(work, { released: "yes\n" });
    await git(work, ["push", "--quiet", "origin", "release"]);

    const given = ["--git", "branch=release,single-branch=true", "--context-sub-path=service"];
    const result = await build(`file://${repository.bare}`, given);

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(result.stderr).to.include(commit);
  });

  it("builds units of a Dockerfile whose context is a repository", async () => {
    await expectUnits(`file://${repository.bare}#main:stages`, "fanned");
  });

  it("builds units of a Dockerfile whose context is an archive", async () => {
    const archive = yard.path("stages.tar");
    await git(repository.work, ["archive", `--output=${archive}`, "main:stages"]);

    await expectUnits(`tar://${archive}`, "unpacked");
  });

  /** Plans units and builds them as pods would. */
  async function expectUnits(context: string, name: string): Promise<void> {
    const destination = `--destination=${yard.reference(`${name}:1`)}`;
    const args = [`--context=${context}`, destination, "--run-id=run"];

    const planned = await slipway(["plan", "--fan-out", "--format=json", ...args]);
    const results = [];
    for (const unit of ["stage:tool", "target"]) {
      results.push(await slipway(["build", `--unit=${unit}`, ...args]));
    }

    expect(planned.stdout, planned.stderr).to.include("stage:tool");
    for (const { exitCode, stderr } of results) expect(exitCode, stderr).to.equal(0);
    expect(await tagsOf(yard.registry.host, name)).to.include("1");
    expect(await readdir(yard.path("tmp"))).to.deep.equal([]);
  }

  it("refuses an unknown certificate, and trusts it where --git says so, with a warning", async () => {
    const context = `https://${web.host}/app.git#main:service`;
    const environment = {
      NODE_EXTRA_CA_CERTS: "",
      GIT_USERNAME: login.user,
      GIT_PASSWORD: login.password,
    };

    const refused = await build(context, [], environment);
    const trusted = await build(context, ["--git=insecure-skip-tls=true"], environment);

    expect(refused.exitCode).to.equal(5);
    expect(refused.stderr).to.include("certificate").and.not.include(login.password);
    expect(trusted.exitCode, trusted.stderr).to.equal(0);
    expect(trusted.stderr).to.include("is not checked");
  });
});
