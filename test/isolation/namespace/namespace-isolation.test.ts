import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { isBuilderError } from "../../../src/errors/builder-error.ts";
import { CancelledError } from "../../../src/errors/internal-error.ts";
import { busyboxTree } from "../../support/busybox-tree.ts";
import { type Ran, withContainers } from "../../support/containers.ts";
import { identities, loneUser } from "../../support/identity.ts";
import { inNamespace, type Scenario, type ScenarioPlace } from "../../support/namespace.ts";
import { file } from "../../support/tree.ts";

const kernelDirectories = { dev: 0o755, proc: 0o755, sys: 0o755 };

export const plain = (place: ScenarioPlace): Promise<Ran> =>
  withContainers(place, ({ run }) =>
    run("id -u; umask; echo $$; cat /proc/sys/kernel/hostname; echo error >&2; cat; exit 3"),
  );

export const environment = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(
    place,
    async ({ run }) => {
      const args = ["busybox", "env"];
      const env = ["PATH=/bin", "A=b c"];
      return [
        (await run("", { args, env: [...env, "HOME=/own"] })).output,
        (await run("", { args, env })).output,
      ];
    },
    busyboxTree({ "etc/passwd": file("root:x:0:0::/of-passwd:/bin/sh\n") }),
  );

export const user = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const script = "id -u; id -g; id -G; grep -E '^Cap(Eff|Bnd)' /proc/self/status";
    return (await run(script, { user: { uid: 1000, gid: 1001, additionalGids: [20, 30] } })).output;
  });

export const noTrace = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const script =
      "test -c /dev/null && test -d /proc/1 && test -d /sys/class && cat /etc/hosts >/dev/null && test -e /etc/resolv.conf && cd /a/b && test -e /c/file";
    return run(script, {
      mounts: [
        { type: "tmpfs", target: "/a/b" },
        { type: "bind", source: "/etc/passwd", target: "/c/file", readOnly: true },
      ],
    });
  });

export const etcFiles = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(
    place,
    ({ run }) => run("echo added >> /etc/hosts; grep -c own /etc/hosts; echo x > /etc/other"),
    busyboxTree({
      ...kernelDirectories,
      "": 0o755,
      etc: 0o755,
      "etc/hosts": file("image's own\n"),
    }),
  );

export const kernelMountPoints = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, ({ run }) => run("true"), busyboxTree({ "": 0o755, sys: 0o555 }));

export const mounts = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ directory, run }) => {
    const source = path.join(directory, "source");
    await writeFile(source, "from outside");
    const ran = await run("exec 2>&1; cat /in; echo no > /in; echo yes > /out; touch /t/x; ls /t", {
      mounts: [
        { type: "bind", source, target: "/in", readOnly: true },
        { type: "bind", source, target: "/out", readOnly: false },
        { type: "tmpfs", target: "/t", sizeBytes: 65_536 },
      ],
    });
    return { ...ran, source: readFileSync(source, "utf8") };
  });

export const secrets = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const content = Buffer.from("s3cret\n");
    const secret = { type: "secret", content, uid: 0, gid: 0 } as const;
    const script =
      "cat /run/key; stat -c '%a %u %g' /run/key /home/key; echo x > /run/key; echo $TOKEN";
    return run(`exec 2>&1; ${script}`, {
      env: ["PATH=/bin", "TOKEN=t0ken"],
      mounts: [
        { ...secret, target: "/run/key", mode: 0o400 },
        { ...secret, target: "/home/key", mode: 0o640, uid: 1000, gid: 50 },
      ],
    });
  });

export const insecure = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const capabilities = /^CapPrm:.*$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[0];
    try {
      const ran = await run("grep CapPrm /proc/self/status", { security: "insecure" });
      return ran.output.trim() === capabilities ? "all" : "some";
    } catch (error) {
      return isBuilderError(error, "ISOLATION_UNAVAILABLE") ? error.message : "failed";
    }
  });

export const workingDirectory = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, ({ run }) => run("pwd", { cwd: "/made/here" }));

export const network = (
  place: ScenarioPlace,
): Promise<Record<"none" | "names" | "host" | "here", string>> =>
  withContainers(place, async ({ run }) => {
    const script = "grep -c : /proc/net/dev";
    return {
      none: (await run("grep -c : /proc/net/dev; ip addr | grep -o 127.0.0.1/8")).output,
      names: (await run("ls /sys/class/net | grep -v '^lo$'")).output,
      host: (await run(script, { network: "host" })).output.trim(),
      here: String(readFileSync("/proc/net/dev", "utf8").split(":").length - 1),
    };
  });

/** What a command can learn of the builder that waits for it, by all the process ids it sees. */
export const builderHidden = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const environments = "cat /proc/[0-9]*/environ 2>/dev/null | grep -c SLIPWAY_";
    const roots = `ls -d /proc/[0-9]*/root${place.directory} 2>/dev/null | wc -l`;
    const files = `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c ${place.directory}`;
    return (await run(`${environments}; ${roots}; ${files}`)).output;
  });

export const leftBehind = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const ran = await run("sleep 98765 & setsid sleep 98765 & (sleep 98765 &) ; echo done");
    return { output: ran.output, alive: processesWith("98765") };
  });

export const notStarted = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(
    place,
    async ({ run }) => {
      const result: unknown[] = [];
      for (const program of ["nosuchcommand", "/no/such", "/plain", "/bin/sh"]) {
        const { status, output } = await run("", { args: [program, "-c", "exit 5"] });
        result.push([program, status.code, output.includes(program) || status.code === 126]);
      }
      return result;
    },
    busyboxTree({ "": 0o755, plain: file("no program", { mode: 0o644 }) }),
  );

export const aborted = (place: ScenarioPlace): Promise<unknown> => {
  const abort = new AbortController();
  return withContainers({ ...place, signal: abort.signal }, async ({ run }) => {
    const running = run("sleep 98766 & echo started; sleep 98766").catch((error: unknown) => error);
    while (processesWith("98766") < 2) await new Promise((done) => setTimeout(done, 5));
    abort.abort(new CancelledError("SIGTERM"));
    const error = await running;
    return {
      cancelled: isBuilderError(error, "CANCELLED"),
      alive: processesWith("98766"),
      left: readdirSync(place.directory).filter((name) => name.startsWith("command-")),
    };
  });
};

/** How many processes have `argument` in their command line. */
function processesWith(argument: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1");
    } catch {
      return "";
    }
  });
  return lines.filter((line) => line.split("\0")[1] === argument).length;
}

for (const identity of identities) {
  const run = <Result>(scenario: Scenario<Result>): Promise<Result> =>
    inNamespace(scenario, { from: import.meta.url, as: identity.as });
  describe(`isolation/namespace/namespace-isolation for ${identity.name}`, function () {
    this.timeout(30_000);
    before(async function () {
      if (!(await identity.prepare())) this.skip();
    });
    after(() => identity.remove());

    it("runs a command as root of a container of its own, without input", async () => {
      const { status, output } = await run(plain);

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
      expect(await run(environment)).to.deep.equal([
        "PATH=/bin\nA=b c\nHOME=/own\n",
        "PATH=/bin\nA=b c\nHOME=/of-passwd\n",
      ]);
    });

    it("gives a user its groups, and no capabilities but those that setuid programs may use", async () => {
      // CAP_MKNOD depends on the runtime.
      expect(await run(user)).to.match(
        /^1000\n1001\n1001 20 30\nCapEff:\t0{16}\nCapBnd:\t00000000a[08]0425fb\n$/,
      );
    });

    it("leaves no trace of its mounts, times of directories included", async () => {
      expect(await run(noTrace)).to.deep.equal({ status: { code: 0 }, output: "", changes: [] });
    });

    it("leaves the kernel's mount points where they were missing, and those alone", async () => {
      expect(await run(kernelMountPoints)).to.deep.equal({
        status: { code: 0 },
        output: "",
        changes: ["dev directory 755 0:0", "proc directory 755 0:0"],
      });
    });

    it("shows its own hosts file, read-only, and keeps the image's", async () => {
      expect(await run(etcFiles)).to.deep.equal({
        status: { code: 0 },
        output: "/bin/sh: can't create /etc/hosts: Read-only file system\n0\n",
        changes: ["etc directory 755 0:0", 'etc/other file 644 0:0 "x\\n"'],
      });
    });

    it("mounts what the command asks for", async () => {
      expect(await run(mounts)).to.deep.equal({
        status: { code: 0 },
        output: "from outside/bin/sh: can't create /in: Read-only file system\nx\n",
        changes: [],
        source: "yes\n",
      });
    });

    it("shows secrets as files of their owners, which cannot be written", async () => {
      expect(await run(secrets)).to.deep.equal({
        status: { code: 0 },
        output:
          "s3cret\n400 0 0\n640 1000 50\n/bin/sh: can't create /run/key: Read-only file system\nt0ken\n",
        changes: [],
      });
    });

    it("gives an insecure command all capabilities, or says what is in the way", async () => {
      expect(await run(insecure)).to.match(
        /^(all|--security=insecure is not possible here: slipway (lacks CAP_\w+|is root in a user namespace only))/,
      );
    });

    it("makes the working directory, which stays", async () => {
      expect(await run(workingDirectory)).to.deep.equal({
        status: { code: 0 },
        output: "/made/here\n",
        changes: ["made directory 755 0:0", "made/here directory 755 0:0"],
      });
    });

    it("has the machine's network or its own loopback", async () => {
      const { none, names, host, here } = await run(network);

      expect(none).to.equal("1\n127.0.0.1/8\n");
      expect(names).to.equal("");
      expect(host).to.equal(here);
    });

    it("keeps the builder's environment, files and root from a command, also where it sees its process", async () => {
      expect(await run(builderHidden)).to.equal("0\n0\n0\n");
    });

    it("ends what a command leaves running", async () => {
      expect(await run(leftBehind)).to.deep.equal({ output: "done\n", alive: 0 });
    });

    it("fails with 127 without such a program and with 126 where it is none", async () => {
      expect(await run(notStarted)).to.deep.equal([
        ["nosuchcommand", 127, true],
        ["/no/such", 127, true],
        ["/plain", 126, true],
        ["/bin/sh", 5, false],
      ]);
    });

    it("ends a command that is aborted, with all it started", async () => {
      expect(await run(aborted)).to.deep.equal({ cancelled: true, alive: 0, left: [] });
    });
  });
}

describe(`isolation/namespace/namespace-isolation for ${loneUser.name}`, function () {
  this.timeout(30_000);
  const options = { from: import.meta.url, as: loneUser.as };
  before(async function () {
    if (!(await loneUser.prepare())) this.skip();
  });

  it("keeps the builder's environment, files and root from a command, also where it sees its process", async () => {
    expect(await inNamespace(builderHidden, options)).to.equal("0\n0\n0\n");
  });

  it("ends what a command leaves running", async () => {
    expect(await inNamespace(leftBehind, options)).to.deep.equal({ output: "done\n", alive: 0 });
  });
});
