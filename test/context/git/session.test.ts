import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { GitFiles } from "../../../src/context/git/fetch-git.ts";
import { type CertificateFiles, makeCertificate } from "../../support/certificates.ts";
import { errorOf } from "../../support/error-of.ts";
import { type FetchSettings, fetchAsContext } from "../../support/git/fetching.ts";
import { startGitServer } from "../../support/git/http-server.ts";
import { startNginxGit } from "../../support/git/nginx-server.ts";
import { makeTestRepository, type TestRepository } from "../../support/git/repository.ts";
import type { Nginx } from "../../support/nginx.ts";
import { makeRecordingLogger } from "../../support/recording-logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const login = { user: "builder", password: "correct horse" };

describe("context/git/session (needs nginx and fcgiwrap)", () => {
  let temporary: TemporaryDirectory;
  let servers: AsyncDisposableStack;
  let repository: TestRepository;
  let certificate: CertificateFiles;
  let open: Nginx;
  let guarded: Nginx;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    servers = new AsyncDisposableStack();
    repository = await makeTestRepository(temporary.path, { text: "text\n" });
    certificate = await makeCertificate(temporary.path, "server");
    open = servers.use(await serve("open"));
    guarded = servers.use(await serve("guarded", login));
  });

  after(async () => {
    await servers.disposeAsync();
    await temporary[Symbol.asyncDispose]();
  });

  async function serve(name: string, who?: typeof login): Promise<Nginx> {
    await mkdir(temporary.join(name));
    return startNginxGit({
      repositories: repository.parent,
      directory: temporary.join(name),
      tls: certificate,
      ...(who === undefined ? {} : { login: who }),
    });
  }

  /** Fetches by https, with the server's authority known. */
  function fetched(location: string, settings: FetchSettings = {}): Promise<GitFiles> {
    const variables = { SSL_CERT_FILE: certificate.certificate, ...settings.variables };
    return fetchAsContext(temporary, location, { ...settings, variables });
  }

  /** A directory with these files, by name. */
  async function home(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = temporary.join(`home-${Object.keys(await readdir(temporary.path)).length}`);
    await mkdir(directory);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(`${directory}/${name}`, text);
    }
    return directory;
  }

  const authorities: readonly string[] = ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
  for (const name of authorities) {
    it(`trusts the authority that ${name} names`, async () => {
      const variables = { [name]: certificate.certificate };

      const files = await fetchAsContext(temporary, `https://${open.host}/app.git`, { variables });

      expect(files.commit).to.equal(repository.commit);
    });
  }

  it("trusts no certificate whose authority is not known, and says how to name it", async () => {
    const error = await errorOf(fetchAsContext(temporary, `https://${open.host}/app.git`));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include(`https://${open.host}/app.git`).and.include("certificate");
    expect(error.hint).to.include("SSL_CERT_FILE").and.include("insecure-skip-tls");
  });

  it("says that the certificate's authorities cannot be read", async () => {
    const variables = { NODE_EXTRA_CA_CERTS: temporary.join("absent.pem") };
    const fetch = fetchAsContext(temporary, `https://${open.host}/app.git`, { variables });

    expect((await errorOf(fetch)).code).to.equal("CONTEXT_UNREADABLE");
  });

  it("trusts any certificate where it is told to, and warns of that", async () => {
    const log = makeRecordingLogger();

    await fetchAsContext(temporary, `https://${open.host}/app.git`, {
      git: { skipsTlsVerify: true },
      access: { log },
    });

    expect(log.lines.join("\n")).to.match(/^warn the certificate of .* is not checked/m);
  });

  const logins: Readonly<Record<string, FetchSettings["variables"]>> = {
    GIT_PASSWORD: { GIT_USERNAME: login.user, GIT_PASSWORD: login.password },
  };
  for (const [from, variables] of Object.entries(logins)) {
    it(`shows ${from}, and logs where it is from, not what it is`, async () => {
      const log = makeRecordingLogger();
      const settings = { ...(variables === undefined ? {} : { variables }), access: { log } };

      const { commit } = await fetched(`https://${guarded.host}/app.git`, settings);

      expect(commit).to.equal(repository.commit);
      expect(log.lines.join("\n")).to.include(from).and.not.include(login.password);
    });
  }

  it("shows what .git-credentials has, as Tekton writes it, and never changes the file", async () => {
    const text = `https://x:y@other.test\nhttps://builder:correct%20horse@${guarded.host}\n`;
    const directory = await home({
      ".git-credentials": text,
      ".gitconfig": `[credential]\n\thelper = store\n[credential "https://${guarded.host}"]\n\tusername = builder\n`,
    });

    const { commit } = await fetched(`https://${guarded.host}/app.git`, {
      git: { homes: [temporary.join("absent"), directory] },
    });
    const absent = `https://other@${guarded.host}/app.git`;
    const error = await errorOf(fetched(absent, { git: { homes: [directory] } }));

    expect(commit).to.equal(repository.commit);
    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(await readFile(`${directory}/.git-credentials`, "utf8")).to.equal(text);
  });

  it("shows nothing of the user's where a Dockerfile names the repository", async () => {
    const variables = { GIT_USERNAME: login.user, GIT_PASSWORD: login.password };
    const fetch = fetched(`https://${guarded.host}/app.git`, {
      variables,
      isContext: false,
    });

    const error = await errorOf(fetch);

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.hint).to.include("--secret id=GIT_AUTH_TOKEN");
  });

  it("says which credentials were refused, without them, and what to give where there were none", async () => {
    const variables = { GIT_TOKEN: "s3cret-token" };
    const refused = await errorOf(fetched(`https://${guarded.host}/app.git`, { variables }));
    const none = await errorOf(fetched(`https://${guarded.host}/app.git`));

    expect([refused.code, none.code]).to.deep.equal(["CONTEXT_REFUSED", "CONTEXT_REFUSED"]);
    expect(refused.message).to.include("refuses the credentials of GIT_TOKEN");
    expect(refused.message).to.include(guarded.host).and.not.include("s3cret");
    expect(none.hint).to.include("GIT_TOKEN").and.include("~/.git-credentials");
  });

  for (const pair of ["x-access-token:t0ken", "t0ken:"]) {
    it(`gives GIT_TOKEN as ${pair}, where the server wants it so`, async () => {
      const authorization = `Basic ${btoa(pair)}`;
      const server = servers.use(await startGitServer(repository.parent, { authorization }));
      const variables = { GIT_TOKEN: "t0ken" };

      const { commit } = await fetched(`http://${server.host}/app.git`, { variables });

      expect(commit).to.equal(repository.commit);
    });
  }

  it("warns of credentials in clear text", async () => {
    const log = makeRecordingLogger();
    const server = servers.use(await startGitServer(repository.parent));
    const variables = { http_proxy: `http://${server.host}`, GIT_TOKEN: "t0ken" };

    await fetched("http://git.example.test/app.git", { variables, access: { log } });

    expect(log.lines.join("\n")).to.match(/^warn credentials go over the network in clear text/m);
  });

  it("reaches a server by the address that .gitconfig has for it", async () => {
    const directory = await home({
      ".gitconfig": `[url "https://${open.host}/"]\n\tinsteadOf = https://git.example.test/\n[core]\n\tautocrlf = true\n`,
    });

    const { commit } = await fetched("https://git.example.test/app.git", {
      git: { homes: [directory] },
    });

    expect(commit).to.equal(repository.commit);
  });

  it("warns of a .gitconfig that cannot be read, or that switches certificates off", async () => {
    const log = makeRecordingLogger();
    const homes = [
      await home({ ".gitconfig": "[broken\n" }),
      await home({ ".gitconfig": "[http]\n\tsslVerify = false\n" }),
    ];

    await fetchAsContext(temporary, `https://${open.host}/app.git`, {
      git: { homes },
      access: { log },
    });

    const warned = log.lines.filter((line) => line.startsWith("warn"));
    expect(warned.join("\n")).to.include("cannot be read").and.include("not checked");
  });

  it("says that there is no such repository, and that it may be hidden", async () => {
    const error = await errorOf(fetched(`https://${open.host}/absent.git`));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("/absent.git").and.include("not found");
    expect(error.hint).to.include("path");
  });

  it("says that the host is not known, after it has tried again", async () => {
    const error = await errorOf(fetched("https://nowhere.invalid/app.git"));

    expect(error.code).to.equal("CONTEXT_UNREACHABLE");
    expect(error.message).to.include("nowhere.invalid");
    expect(error.hint).to.include("name of the host");
  });

  it("gives git no credentials as arguments", async () => {
    const bin = temporary.join("bin");
    const seen = temporary.join("arguments");
    await mkdir(bin);
    const script = `#!/bin/sh\necho "$@" >>${seen}\nPATH='${process.env["PATH"]}' exec git "$@"\n`;
    await writeFile(`${bin}/git`, script, { mode: 0o755 });
    const address = `https://${login.user}:${encodeURIComponent(login.password)}@${guarded.host}`;

    await fetched(`${address}/app.git`, { variables: { PATH: bin } });

    const words = await readFile(seen, "utf8");
    expect(words).to.include(`origin https://${guarded.host}/app.git`);
    expect(words).not.to.match(/correct|Basic|Authorization/);
  });

  it("leaves no file of its own", async () => {
    await fetched(`https://${open.host}/app.git`);

    const left = await readdir(temporary.join("work"));
    expect(left.filter((name) => name.startsWith("git-session"))).to.deep.equal([]);
  });
});
