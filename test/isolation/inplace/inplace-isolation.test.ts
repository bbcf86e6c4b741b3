import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { InplaceIsolation } from "../../../src/isolation/inplace/inplace-isolation.ts";
import type { Command } from "../../../src/isolation/isolation.ts";
import { bindMount, unmount } from "../../../src/rootfs/posix.ts";
import { becomeSubreaper } from "../../../src/rootfs/posix-process.ts";
import { caller } from "../../support/identity.ts";
import { inNamespace, type ScenarioPlace } from "../../support/namespace.ts";

interface Ran {
  readonly status: unknown;
  readonly output: string;
}

const within =
  ({ directory }: ScenarioPlace) =>
  (name: string): string =>
    path.join(directory, name);

type Run = (script: string, more?: Partial<Command>) => Promise<Ran>;

/** Calls `use` with what runs scripts in this machine's own root, whose /etc files are mounted as a pod's. */
async function withCommands<T>(
  { directory, signal }: ScenarioPlace,
  use: (run: Run) => Promise<T>,
): Promise<T> {
  becomeSubreaper();
  const etc = ["/etc/hosts", "/etc/resolv.conf"];
  for (const file of etc) bindMount(file, file);
  const isolation = new InplaceIsolation(path.join(directory, "commands"));
  try {
    return await use(async (script, more = {}) => {
      let output = "";
      const command: Command = {
        args: ["/bin/sh", "-c", script],
        env: ["PATH=/usr/bin:/bin", "GREETING=a b=c"],
        cwd: "/",
        user: { uid: 0, gid: 0, additionalGids: [] },
        mounts: [],
        network: "host",
        security: "sandbox",
        hostname: "builder",
        ...more,
      };
      const status = await isolation.run("/", command, {
        signal,
        output: (chunk) => {
          output += Buffer.from(chunk).toString();
        },
      });
      return { status, output };
    });
  } finally {
    for (const file of etc) unmount(file);
  }
}

const user = { uid: 1234, gid: 2345, additionalGids: [7, 8] };

export const asUser = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => [
    await run("id -u; id -g; id -G; umask; env | sort; cat", { user }),
    await run("id -u; exit 3"),
    process.geteuid?.(),
  ]);

export const unstartable = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => [
    await run("", { args: ["no-such-program"] }),
    await run("", { args: ["/etc/passwd"] }),
    await run("kill -KILL $$"),
  ]);

export const leavesDaemons = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => {
    const { status, output } = await run(
      "setsid sh -c 'sleep 98767 & exec sleep 98768' >/dev/null 2>&1 & sleep 98769 & echo started",
    );
    const alive = readdirSync("/proc").filter((pid) => isSleeping(pid));
    return { status, output, alive };
  });

function isSleeping(pid: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  return /^\d+$/.test(pid) && existsSync(file) && readFileSync(file, "utf8").includes("9876");
}

export const mounts = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => {
    const at = within(place);
    mkdirSync(at("cache"));
    writeFileSync(at("cache/kept"), "kept");
    mkdirSync(at("root/there"), { recursive: true });
    writeFileSync(at("root/there/hidden"), "hidden");
    const { output } = await run(
      `cd ${at("root")}; ls there; cat secret; stat -Lc '%a %u' secret; stat -fLc %T secret;` +
        "readlink secret; stat -c %a new/scratch; echo more >there/more; rm -r new/scratch/inner; ls new/scratch",
      {
        mounts: [
          { type: "bind", source: at("cache"), target: at("root/there"), readOnly: false },
          { type: "tmpfs", target: at("root/new/scratch") },
          { type: "tmpfs", target: at("root/new/scratch/inner") },
          {
            type: "secret",
            target: at("root/secret"),
            content: Buffer.from("secret\n"),
            mode: 0o440,
            uid: 33,
            gid: 0,
          },
        ],
      },
    );
    const inMemory = /^\/dev\/shm\/.*$/m.exec(output)?.[0] ?? "";
    return {
      output: output.replace(inMemory, "SECRET"),
      root: readdirSync(at("root"), { recursive: true }),
      cache: readdirSync(at("cache")).toSorted(),
      left: readdirSync(at("commands")),
      isGone: !existsSync(path.dirname(inMemory)),
    };
  });

export const spoilsNames = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => {
    const before = readFileSync("/etc/resolv.conf", "utf8");
    await run("echo nonsense >/etc/resolv.conf; cat /etc/resolv.conf");
    return { isAsBefore: readFileSync("/etc/resolv.conf", "utf8") === before };
  });

export const refuses = (place: ScenarioPlace): Promise<unknown> =>
  withCommands(place, async (run) => [
    await run("", { network: "none" }).catch(String),
    await run("", { security: "insecure" }).catch(String),
  ]);

describe("isolation/inplace/inplace-isolation", function () {
  this.timeout(30_000);
  const from = import.meta.url;
  before(async function () {
    // To mount what a pod has mounted, and to become others.
    if (process.getuid?.() !== 0 || !(await caller.prepare())) this.skip();
  });

  it("runs a command as its user, with its environment alone, and stays root itself", async () => {
    const [first, second, uid] = (await inNamespace(asUser, { from })) as [Ran, Ran, number];

    expect(first.output.split("\n")).to.include.members([
      "1234",
      "2345",
      "2345 7 8",
      "0022",
      "GREETING=a b=c",
      "PATH=/usr/bin:/bin",
    ]);
    expect(first.output).not.to.include("SLIPWAY");
    expect(second).to.deep.equal({ output: "0\n", status: { code: 3 } });
    expect(uid).to.equal(0);
  });

  it("tells how a command ended that could not be started, or was killed", async () => {
    expect(await inNamespace(unstartable, { from })).to.deep.equal([
      { status: { code: 127 }, output: "no-such-program: cannot be run: ENOENT\n" },
      { status: { code: 126 }, output: "/etc/passwd: cannot be run: EACCES\n" },
      { status: { signal: "SIGKILL" }, output: "" },
    ]);
  });

  it("ends what a command has left running, in whatever session", async () => {
    expect(await inNamespace(leavesDaemons, { from })).to.deep.equal({
      status: { code: 0 },
      output: "started\n",
      alive: [],
    });
  });

  it("shows mounts for the time of the command, secrets in memory only", async () => {
    expect(await inNamespace(mounts, { from })).to.deep.equal({
      output: "kept\nsecret\n440 33\ntmpfs\nSECRET\n1777\n",
      root: ["there", "there/hidden"],
      cache: ["kept", "more"],
      left: [],
      isGone: true,
    });
  });

  it("gives the pod's own /etc files back as they were", async () => {
    expect(await inNamespace(spoilsNames, { from })).to.deep.equal({ isAsBefore: true });
  });

  it("refuses what only a namespace gives", async () => {
    expect(await inNamespace(refuses, { from })).to.deep.equal([
      "CommandError: RUN --network=none needs a network namespace, which this pod does not have",
      "CommandError: RUN --security=insecure needs a privileged pod, which this pod does not have",
    ]);
  });
});
