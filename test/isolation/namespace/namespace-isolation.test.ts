import { expect } from "chai";
import { inNamespace, permitsNamespaces } from "../../support/namespace.ts";

const scenarios = new URL("namespace-isolation.scenarios.ts", import.meta.url).href;

describe("isolation/namespace/namespace-isolation", function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await permitsNamespaces())) this.skip();
  });

  const run = <Result>(name: string): Promise<Result> => inNamespace<Result>(scenarios, name);

  it("runs a command as root of a container of its own, without input", async () => {
    const { status, output } = await run<{ status: unknown; output: string }>("plain");

    expect(status).to.deep.equal({ code: 3 });
    expect(output.split("\n").toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal([
      "",
      "0",
      "0022",
      "1",
      "builder",
      "error",
    ]);
  });

  it("looks the program up in PATH and gives it the environment, with the HOME of its user", async () => {
    expect(await run("environment")).to.deep.equal([
      "PATH=/bin\nA=b c\nHOME=/own\n",
      "PATH=/bin\nA=b c\nHOME=/of-passwd\n",
    ]);
  });

  it("gives a user its groups, and no capabilities but those that setuid programs may use", async () => {
    expect(await run("user")).to.equal(
      "1000\n1001\n1001 20 30\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n",
    );
  });

  it("leaves no trace of its mounts, times of directories included", async () => {
    expect(await run("noTrace")).to.deep.equal({ status: { code: 0 }, output: "", changes: [] });
  });

  it("shows its own hosts file, read-only, and keeps the image's", async () => {
    expect(await run("etcFiles")).to.deep.equal({
      status: { code: 0 },
      output: "/bin/sh: can't create /etc/hosts: Read-only file system\n0\n",
      changes: ["etc directory 755 0:0", 'etc/other file 644 0:0 "x\\n"'],
    });
  });

  it("mounts what the command asks for", async () => {
    expect(await run("mounts")).to.deep.equal({
      status: { code: 0 },
      output: "from outside/bin/sh: can't create /in: Read-only file system\nx\n",
      changes: [],
      source: "yes\n",
    });
  });

  it("makes the working directory, which stays", async () => {
    expect(await run("workingDirectory")).to.deep.equal({
      status: { code: 0 },
      output: "/made/here\n",
      changes: ["made directory 755 0:0", "made/here directory 755 0:0"],
    });
  });

  it("has the machine's network or its own loopback", async () => {
    const { none, host, here } = await run<{ none: string; host: string; here: string }>("network");

    expect(none).to.equal("1\n127.0.0.1/8\n");
    expect(host).to.equal(here);
  });

  it("ends what a command leaves running", async () => {
    expect(await run("leftBehind")).to.deep.equal({ output: "done\n", alive: 0 });
  });

  it("fails with 127 without such a program and with 126 where it is none", async () => {
    expect(await run("notStarted")).to.deep.equal([
      ["nosuchcommand", 127, true],
      ["/no/such", 127, true],
      ["/plain", 126, true],
      ["/bin/sh", 5, false],
    ]);
  });

  it("ends a command that is aborted, with all it started", async () => {
    expect(await run("aborted")).to.deep.equal({ cancelled: true, alive: 0, left: [] });
  });
});
