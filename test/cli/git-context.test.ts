import { expect } from "chai";
import { contextGitAccess, namedGitAccess, settleGitContext } from "../../src/cli/git-context.ts";
import { parseGitOptions } from "../../src/cli/git-options.ts";
import { defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import { type GitSource, parseGitUrl } from "../../src/dockerfile/git-url.ts";

interface Given {
  readonly git?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function settled(url: string, { git, buildArgs = {}, environment = {} }: Given = {}): GitSource {
  const source = parseGitUrl(url);
  if (source === undefined) throw new Error(`${url} is no git URL`);
  const options = { buildArgs: new Map(Object.entries(buildArgs)), context: contextOf(git) };
  return settleGitContext(source, options, environment);
}

function contextOf(git?: string, subPath = "") {
  const options = parseGitOptions("--git", git === undefined ? [] : [git]);
  return { location: "", subPath, limits: defaultArchiveLimits, git: options };
}

describe("cli/git-context", () => {
  const remotes: readonly [url: string, method: string | undefined, remote: string][] = [
    ["git://host.test/app.git", undefined, "https://host.test/app.git"],
    ["git://user:token@host.test/app", undefined, "https://user:token@host.test/app"],
    ["git://host.test/app", "http", "http://host.test/app"],
    ["git://host.test/app", "gopher", "https://host.test/app"],
    ["git://host.test/app", "git", "git://host.test/app"],
    ["git://host.test:9418/app", undefined, "git://host.test:9418/app"],
    ["git://host.test:8443/app", "https", "https://host.test:8443/app"],
    ["https://host.test/app.git", "http", "https://host.test/app.git"],
    ["ssh://git@host.test/app", "http", "ssh://git@host.test/app"],
  ];
  for (const [url, method, remote] of remotes) {
    it(`fetches ${url} from ${remote} by the method ${method ?? "that is not said"}`, () => {
      const environment = method === undefined ? {} : { GIT_PULL_METHOD: method };

      expect(settled(url, { environment }).remote).to.equal(remote);
    });
  }

  it("takes branch and submodules of --git where the URL says nothing of them", () => {
    const git = "branch=other,recurse-submodules=false";

    const plain = settled("https://host.test/app.git", { git });
    expect(plain).to.include({ ref: "other", submodules: false });
    const said = settled("https://host.test/app.git?submodules=true#main", { git });
    expect(said).to.include({ ref: "main", submodules: true });
  });

  it("keeps .git where BuildKit's build argument or the URL says so", () => {
    const buildArgs = { BUILDKIT_CONTEXT_KEEP_GIT_DIR: "1" };

    expect(settled("https://host.test/app.git").keepGitDir).to.equal(undefined);
    expect(settled("https://host.test/app.git", { buildArgs }).keepGitDir).to.equal(true);
    const declined = settled("https://host.test/app.git?keep-git-dir=false", { buildArgs });
    expect(declined.keepGitDir).to.equal(false);
  });

  it("narrows a fetch to the sub-path, but for a Dockerfile outside of it", () => {
    const context = contextOf("depth=0,insecure-skip-tls", "service");
    const access = contextGitAccess({ context, dockerfile: "Dockerfile" }, { HOME: "/home/me" });

    expect(access).to.deep.include({
      homes: ["/tekton/creds", "/home/me"],
      takesVariables: true,
      depth: 0,
      skipsTlsVerify: true,
      within: "service",
    });
    const outside = contextGitAccess({ context, dockerfile: "../Dockerfile" }, {});
    expect(outside).to.deep.include({ homes: ["/tekton/creds"], within: "" });
  });

  it("gives a named context no variables that are for the context", () => {
    expect(namedGitAccess({ HOME: "/home/me" })).to.deep.equal({
      homes: ["/tekton/creds", "/home/me"],
      takesVariables: false,
    });
  });
});
