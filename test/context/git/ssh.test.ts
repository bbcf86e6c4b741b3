import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { GitFiles } from "../../../src/context/git/fetch-git.ts";
import { errorOf } from "../../support/error-of.ts";
import { fetchAsContext } from "../../support/git/fetching.ts";
import { makeTestRepository, type TestRepository } from "../../support/git/repository.ts";
import { type SshServer, startSshServer } from "../../support/git/ssh-server.ts";
import { makeRecordingLogger } from "../../support/recording-logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

/** The files of a `.ssh`, by name. */
type SshFiles = Readonly<Record<string, string>>;

describe("context/git/ssh (needs openssh-server)", () => {
  let temporary: TemporaryDirectory;
  let repository: TestRepository;
  let server: SshServer;
  let homes = 0;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    repository = await makeTestRepository(temporary.path, { text: "text\n" });
    await mkdir(temporary.join("sshd"));
    server = await startSshServer(temporary.join("sshd"));
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await temporary[Symbol.asyncDispose]();
  });

  /** A home whose files are as open as those of a Secret's volume. */
  async function home(files: SshFiles): Promise<string> {
    homes += 1;
    const directory = temporary.join(`home-${homes}`);
    await mkdir(`${directory}/.ssh/..data`, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(`${directory}/.ssh/${name}`, text);
      await chmod(`${directory}/.ssh/${name}`, 0o644);
    }
    return directory;
  }

  async function fetched(files: SshFiles, log = makeRecordingLogger()): Promise<GitFiles> {
    const location = `ssh://${server.user}@127.0.0.1:${server.port}${repository.bare}`;
    return fetchAsContext(temporary, location, {
      git: { homes: [await home(files)] },
      access: { log },
    });
  }

  it("logs in with a key that others may read, and whose last line has no end", async () => {
    const files = { "ssh-privatekey": server.key.trimEnd(), known_hosts: server.knownHost };

    expect((await fetched(files)).commit).to.equal(repository.commit);
  });

  it("takes the configuration that Tekton writes, with keys by their paths there", async () => {
    const config = [
      "Host server.test",
      "    HostName 127.0.0.1",
      `    Port ${server.port}`,
      "    IdentityFile /tekton/creds/.ssh/id_one",
      "",
    ];
    const files = { config: config.join("\n"), id_one: server.key };
    const known = { known_hosts: server.knownHost };

    const { commit } = await fetchAsContext(
      temporary,
      `${server.user}@server.test:${repository.bare}`,
      {
        git: { homes: [await home(files), await home(known)] },
      },
    );

    expect(commit).to.equal(repository.commit);
  });

  it("refuses a host that is not in known_hosts, and says where to put its key", async () => {
    const error = await errorOf(fetched({ id_one: server.key }));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("Host key verification failed");
    expect(error.message).to.include("127.0.0.1").and.not.include("correct access rights");
    expect(error.hint).to.include("~/.ssh/known_hosts");
  });

  it("refuses a host that has another key than known_hosts says", async () => {
    const other = server.knownHost.replace(/AAAA.*/, "AAAAC3NzaC1lZDI1NTE5AAAAI".padEnd(68, "A"));
    const error = await errorOf(fetched({ id_one: server.key, known_hosts: other }));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("Host key verification failed");
  });

  it("trusts a new host only where the user's configuration says so, and warns of that", async () => {
    const log = makeRecordingLogger();
    const config = "Host *\n  StrictHostKeyChecking accept-new\n";

    expect((await fetched({ id_one: server.key, config }, log)).commit).to.equal(repository.commit);
    expect(log.lines.join("\n")).to.match(/^warn ssh trusts hosts .*accept-new/m);
  });

  it("says that no key was accepted", async () => {
    const error = await errorOf(fetched({ known_hosts: server.knownHost }));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("Permission denied");
    expect(error.hint).to.include("~/.ssh").and.include("--ssh default");
  });

  it("uses no key of the user's where a Dockerfile names the repository, and known_hosts all the same", async () => {
    const HOME = await home({ id_one: server.key, known_hosts: server.knownHost });
    const location = `ssh://${server.user}@127.0.0.1:${server.port}${repository.bare}`;
    const fetch = fetchAsContext(temporary, location, {
      variables: { HOME },
      isContext: false,
    });

    const error = await errorOf(fetch);

    expect(error.message).to.include("Permission denied");
    expect(error.hint).to.equal("Give an agent that holds a key with --ssh default");
  });

  it("uses the keys of an agent, also where a Dockerfile names the repository", async () => {
    const socket = temporary.join("agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    await once(agent.stdout, "data");
    execFileSync("ssh-add", ["-q", temporary.join("sshd/user")], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    });
    const HOME = await home({ known_hosts: server.knownHost });
    const location = `ssh://${server.user}@127.0.0.1:${server.port}${repository.bare}`;
    const asAdd = { variables: { HOME }, isContext: false, access: { sshAgent: socket } };
    const asContext = { variables: { SSH_AUTH_SOCK: socket }, git: { homes: [HOME] } };

    const commits: string[] = [];
    for (const settings of [asAdd, asContext]) {
      commits.push((await fetchAsContext(temporary, location, settings)).commit);
    }

    agent.kill();
    await once(agent, "exit");
    expect(commits).to.deep.equal([repository.commit, repository.commit]);
  });

  it("says that there is no such repository", async () => {
    const directory = await home({ id_one: server.key, known_hosts: server.knownHost });
    const location = `ssh://${server.user}@127.0.0.1:${server.port}/absent.git`;
    const error = await errorOf(
      fetchAsContext(temporary, location, { git: { homes: [directory] } }),
    );

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("does not appear to be a git repository");
  });
});
