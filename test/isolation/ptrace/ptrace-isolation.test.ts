import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { isBuilderError } from "../../../src/errors/builder-error.ts";
import { CancelledError } from "../../../src/errors/internal-error.ts";
import { makeNonDumpable } from "../../../src/rootfs/posix-process.ts";
import { busyboxTree } from "../../support/busybox-tree.ts";
import { type Ran, withTracedCommands } from "../../support/containers.ts";
import { restrictedUser } from "../../support/identity.ts";
import { inProcess, type Scenario, type ScenarioPlace } from "../../support/namespace.ts";
import { file, link } from "../../support/tree.ts";

const host = { network: "host" } as const;

export const plain = (place: ScenarioPlace): Promise<Ran> =>
  withTracedCommands(place, ({ run }) =>
    run("umask 027; id -u; pwd; echo error >&2; cat; echo x > /made; exit 3", host),
  );

export const user = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) => {
      const { output, changes } = await run("id -u; id -g; echo x > /own", {
        ...host,
        user: { uid: 1000, gid: 1001, additionalGids: [] },
      });
      return { output, changes };
    },
    busyboxTree({ "": 0o777, dev: 0o755, proc: 0o755, sys: 0o755, etc: 0o755 }),
  );

export const environment = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) => {
      const env = ["PATH=/bin", "A=b c=d", "LD_LIBRARY_PATH=/lib/own", "with.dot=1"];
      return (await run("", { ...host, args: ["busybox", "env"], env })).output;
    },
    busyboxTree({
      "usr/bin/env": link("/bin/busybox"),
    }),
  );

export const status = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) => {
      const outcome = async (script: string): Promise<unknown> => (await run(script, host)).status;
      const direct = async (program: string): Promise<unknown> =>
        (await run("", { ...host, args: [program] })).status;
      return [
        await outcome("busybox true; kill -9 $$"),
        await outcome("(sleep 0.1; exit 0) & exit 4"),
        await direct("nosuchcommand"),
        await direct("/no/such"),
        await direct("/plain"),
        await direct("/script"),
      ];
    },
    busyboxTree({
      "": 0o755,
      plain: file("no program", { mode: 0o644 }),
      script: file("#!/no/shell\n", { mode: 0o755 }),
    }),
  );

export const noTrace = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(place, ({ run }) => {
    const script =
      "touch /dev/own /dev/shm/own && test -c /dev/null && test -d /proc/self && test -d /sys/class && cat /etc/hosts > /dev/null && cd /a/b && touch x && test -e /c/d/file";
    return run(script, {
      ...host,
      mounts: [
        { type: "tmpfs", target: "/a/b" },
        { type: "tmpfs", target: "/c" },
        { type: "bind", source: "/etc/passwd", target: "/c/d/file", readOnly: true },
      ],
    });
  });

export const mounts = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(place, async ({ directory, run }) => {
    const [read, written] = ["read", "written"].map((name) => path.join(directory, name));
    for (const name of [read, written]) writeFileSync(name ?? "", "from outside");
    const secret = { type: "secret", content: Buffer.from("s3cret"), uid: 0, gid: 0 } as const;
    const script =
      "cat /in; echo no 2>/dev/null >/in || echo refused; echo yes > /out; cat /run/key";
    const { output, changes } = await run(script, {
      ...host,
      mounts: [
        { type: "bind", source: read ?? "", target: "/in", readOnly: true },
        { type: "bind", source: written ?? "", target: "/out", readOnly: false },
        { ...secret, target: "/run/key", mode: 0o400 },
      ],
    });
    const left = readdirSync("/dev/shm").filter(
      (name) => statSync(`/dev/shm/${name}`).uid === process.getuid?.(),
    );
    return { output, changes, left, out: readFileSync(written ?? "", "utf8") };
  });

export const secrecy = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(place, async ({ directory, run }) => {
    makeNonDumpable();
    const credentials = path.join(directory, "config.json");
    writeFileSync(credentials, "credentials");
    chmodSync(credentials, 0o666);
    // Links of /proc lead out of every root, if the kernel lets them be followed.
    const outside = `/proc/self/root${credentials}`;
    const builder = `/proc/${process.pid}`;
    const files = [
      outside,
      `${builder}/environ`,
      `${builder}/mem`,
      `${builder}/root${credentials}`,
    ];
    const reads = files.map((name) => `cat ${name} >/dev/null 2>&1 && echo read ${name}`);
    const script = `${reads.join("; ")}; kill -0 ${process.pid} 2>/dev/null && echo signal; exit 0`;
    return (await run(script, host)).output;
  });

export const permissions = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) => {
      const script = [
        "mkdir /d; echo secret > /d/none; chmod 0 /d/none; chmod 0311 /d",
        "echo more >> /etc/shadow; chmod 2755 /group; touch /closed/new; cat /closed/kept",
      ];
      const { status: ended, output, changes } = await run(script.join("; "), host);
      return { ended, output, changes };
    },
    busyboxTree({
      "": 0o555,
      etc: 0o755,
      "etc/shadow": file("root:*\n", { mode: 0, gid: 42 }),
      group: 0o755,
      closed: 0o500,
      "closed/kept": file("kept\n", { mode: 0o400 }),
    }),
  );

export const owners = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) =>
      (
        await run(
          "mv /a/moved /b; rm /a/again; echo x > /a/again; chmod 600 /a/changed; chown 5:5 /a/kept",
          host,
        )
      ).changes,
    busyboxTree({
      "": 0o755,
      dev: 0o755,
      proc: 0o755,
      sys: 0o755,
      "a/moved": file("1", { uid: 7, gid: 8 }),
      "a/again": file("2", { uid: 7, gid: 8 }),
      "a/changed": file("3", { uid: 7, gid: 8 }),
      "a/kept": file("4", { uid: 7, gid: 8 }),
    }),
  );

export const leftBehind = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(place, async ({ run }) => {
    const script = "sleep 87651 & busybox setsid sleep 87651 & echo done";
    const { output } = await run(script, host);
    return { output, alive: processesWith("87651") };
  });

export const aborted = async (place: ScenarioPlace): Promise<unknown> => {
  const abort = new AbortController();
  return withTracedCommands({ ...place, signal: abort.signal }, async ({ directory, run }) => {
    const script = "busybox setsid sleep 87652 & sleep 87652";
    const running = run(script, host).catch((error: unknown) => error);
    while (processesWith("87652") < 2) await new Promise((done) => setTimeout(done, 5));
    abort.abort(new CancelledError("SIGTERM"));
    const error = await running;
    return {
      cancelled: isBuilderError(error, "CANCELLED"),
      alive: processesWith("87652"),
      left: readdirSync(directory).filter((name) => name.startsWith("command-")),
    };
  });
};

export const impossible = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(place, async ({ run }) => {
    const wishes = [{ network: "none" }, { ...host, security: "insecure" }] as const;
    const codes: unknown[] = [];
    for (const wish of wishes) {
      const error = await run("true", wish).catch((thrown: unknown) => thrown);
      codes.push(isBuilderError(error, "ISOLATION_UNAVAILABLE") && error.message);
    }
    return codes;
  });

export const youngCalls = (place: ScenarioPlace): Promise<unknown> =>
  withTracedCommands(
    place,
    async ({ run }) => {
      // Debian's own programs, unlike busybox, look files up by calls that proot does not know.
      const debian = ["/bin", "/lib", "/lib64", "/usr"].map((name) => {
        return { type: "bind", source: name, target: name, readOnly: true } as const;
      });
      const args = ["/usr/bin/stat", "--format=%F %s", "/only/in-image"];
      return (await run("", { ...host, args, mounts: debian })).output;
    },
    busyboxTree({ "": 0o755, "only/in-image": file("12345") }),
  );

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

function perform<Result>(scenario: Scenario<Result>): Promise<Result> {
  return inProcess(scenario, { from: import.meta.url, as: restrictedUser.as });
}

describe(`isolation/ptrace/ptrace-isolation for ${restrictedUser.name}`, function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await restrictedUser.prepare())) this.skip();
  });

  it("runs a command as a root that is none, without input", async () => {
    const { status: ended, output, changes } = await perform(plain);

    expect(ended).to.deep.equal({ code: 3 });
    expect(output.split("\n").toSorted()).to.deep.equal(["", "/", "0", "error"]);
    expect(changes).to.deep.equal(['made file 640 0:0 "x\\n"']);
  });

  it("runs a command as another user, to whom belongs what it makes", async () => {
    expect(await perform(user)).to.deep.equal({
      output: "1000\n1001\n",
      changes: ['own file 644 1000:1001 "x\\n"'],
    });
  });

  it("gives a command the environment that it shall have, and nothing of proot's", async () => {
    const lines = ((await perform(environment)) as string).split("\n").toSorted();
    expect(lines).to.include.members(["A=b c=d", "LD_LIBRARY_PATH=/lib/own", "with.dot=1"]);
    expect(lines.filter((line) => line.startsWith("PROOT"))).to.deep.equal([]);
  });

  it("tells how the command ended, whatever others of its processes do", async () => {
    expect(await perform(status)).to.deep.equal([
      { signal: "SIGKILL" },
      { code: 4 },
      { code: 127 },
      { code: 127 },
      { code: 126 },
      { code: 127 },
    ]);
  });

  it("leaves no trace of its mounts", async () => {
    expect(await perform(noTrace)).to.deep.equal({ status: { code: 0 }, output: "", changes: [] });
  });

  it("shows files, and secrets from memory, which are gone afterwards", async () => {
    expect(await perform(mounts)).to.deep.equal({
      output: "from outsiderefused\ns3cret",
      changes: [],
      left: [],
      out: "yes\n",
    });
  });

  it("keeps the builder's memory, environment and files from a command", async () => {
    expect(await perform(secrecy)).to.equal("");
  });

  it("finds the true modes of files and directories that it may not read itself", async () => {
    expect(await perform(permissions)).to.deep.equal({
      ended: { code: 0 },
      output: "kept\n",
      changes: [
        "closed directory 500 0:0",
        'closed/new file 644 0:0 ""',
        "d directory 311 0:0",
        'd/none file 0 0:0 "secret\\n"',
        "dev directory 755 0:0",
        "etc directory 755 0:0",
        'etc/shadow file 0 0:42 "root:*\\nmore\\n"',
        "group directory 2755 0:0",
        "proc directory 755 0:0",
        "sys directory 755 0:0",
      ],
    });
  });

  it("keeps the owners of files that are changed or moved, but not those that a command sets", async () => {
    expect(await perform(owners)).to.include.members([
      'a/again file 644 0:0 "x\\n"',
      'a/changed file 600 7:8 "3"',
      'b file 644 7:8 "1"',
    ]);
  });

  it("ends what a command leaves running", async () => {
    expect(await perform(leftBehind)).to.deep.equal({ output: "done\n", alive: 0 });
  });

  it("ends a command that is aborted, with all it started", async () => {
    expect(await perform(aborted)).to.deep.equal({ cancelled: true, alive: 0, left: [] });
  });

  it("refuses what takes namespaces", async () => {
    const [network, security] = (await perform(impossible)) as string[];
    expect(network).to.include("--network=none needs a network namespace");
    expect(security).to.include("--security=insecure needs a privileged pod");
  });

  it("hides the calls that proot does not know", async () => {
    expect(await perform(youngCalls)).to.equal("regular file 5\n");
  });
});
