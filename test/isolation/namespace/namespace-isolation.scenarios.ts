/** What namespace-isolation.test.ts and supervisor.test.ts run in namespaces of their own. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { isBuilderError } from "../../../src/errors/builder-error.ts";
import { CancelledError } from "../../../src/errors/internal-error.ts";
import type { FileTree } from "../../../src/filetree/tree.ts";
import type { Command, ExitStatus, Isolation } from "../../../src/isolation/isolation.ts";
import { probeIsolation } from "../../../src/isolation/probe-isolation.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { OverlayRootFactory } from "../../../src/rootfs/overlay-root.ts";
import { busyboxTree } from "../../support/busybox-tree.ts";
import type { ScenarioPlace } from "../../support/namespace.ts";
import { file } from "../../support/tree.ts";
import { changesIn } from "../../support/tree-changes.ts";

interface Ran {
  readonly status: ExitStatus;
  readonly output: string;
  /** What differs from the tree before. */
  readonly changes: string[];
}

interface Runner {
  readonly directory: string;
  readonly isolation: Isolation;
  run(script: string, more?: Partial<Command>): Promise<Ran>;
}

function commandOf(script: string, more: Partial<Command>): Command {
  return {
    args: ["/bin/sh", "-c", script],
    env: ["PATH=/bin"],
    cwd: "/",
    user: { uid: 0, gid: 0, additionalGids: [] },
    mounts: [],
    network: "none",
    hostname: "builder",
    ...more,
  };
}

async function withRunner<T>(
  { directory, signal }: ScenarioPlace,
  use: (runner: Runner) => Promise<T>,
  tree: FileTree = busyboxTree({ "": 0o755 }),
): Promise<T> {
  const isolation = await probeIsolation({ choice: "auto", workDirectory: directory, signal });
  await using contents = new Contents(directory);
  await using factory = new OverlayRootFactory(path.join(directory, "roots"), contents);
  await using root = await factory.create();
  await root.update(tree);
  const run = async (script: string, more: Partial<Command> = {}): Promise<Ran> => {
    let output = "";
    const { result, tree: after } = await root.change((at) =>
      isolation.run(at, commandOf(script, more), {
        signal,
        output: (chunk) => (output += Buffer.from(chunk).toString()),
      }),
    );
    return { status: result, output, changes: changesIn(after, tree) };
  };
  return await use({ directory, isolation, run });
}

export const plain = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, ({ run }) =>
    run("id -u; umask; echo $$; cat /proc/sys/kernel/hostname; echo error >&2; cat; exit 3"),
  );

export const environment = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(
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
  withRunner(place, async ({ run }) => {
    const script = "id -u; id -g; id -G; grep -E '^Cap(Eff|Bnd)' /proc/self/status";
    return (await run(script, { user: { uid: 1000, gid: 1001, additionalGids: [20, 30] } })).output;
  });

export const noTrace = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, async ({ run }) => {
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
  withRunner(
    place,
    ({ run }) => run("echo added >> /etc/hosts; grep -c own /etc/hosts; echo x > /etc/other"),
    busyboxTree({ "": 0o755, etc: 0o755, "etc/hosts": file("image's own\n") }),
  );

export const mounts = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, async ({ directory, run }) => {
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

export const workingDirectory = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, ({ run }) => run("pwd", { cwd: "/made/here" }));

export const network = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, async ({ run }) => {
    const script = "ls /sys/class/net; cat /proc/net/dev | grep -c :";
    return {
      none: (await run("grep -c : /proc/net/dev; ip addr | grep -o 127.0.0.1/8")).output,
      host: (await run(script, { network: "host" })).output.trim().split("\n").at(-1),
      here: String(readFileSync("/proc/net/dev", "utf8").split(":").length - 1),
    };
  });

export const leftBehind = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(place, async ({ run }) => {
    const ran = await run("sleep 98765 & sleep 98765 & echo done");
    return { output: ran.output, alive: processesWith("98765") };
  });

export const notStarted = (place: ScenarioPlace): Promise<unknown> =>
  withRunner(
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
  return withRunner({ ...place, signal: abort.signal }, async ({ run }) => {
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

/** Runs a command that does not end; says so by a line when it runs. Leaves its files to others. */
export const endless = async ({ directory, signal }: ScenarioPlace): Promise<unknown> => {
  const isolation = await probeIsolation({ choice: "auto", workDirectory: directory, signal });
  await using contents = new Contents(directory);
  await using factory = new OverlayRootFactory(path.join(directory, "roots"), contents);
  await using root = await factory.create();
  await root.update(busyboxTree());
  return await root.change((at) =>
    isolation.run(at, commandOf("echo running; sleep 98767 & sleep 98767", {}), {
      signal,
      output: (chunk) => void process.stdout.write(chunk),
    }),
  );
};

/** What the first process of the namespaces sees. */
export const look = ({ directory, signal }: ScenarioPlace): Promise<unknown> =>
  Promise.resolve({
    pid: process.pid,
    proc: readFileSync("/proc/self/stat", "utf8").split(" ")[0],
    uid: process.getuid?.(),
    aborted: signal.aborted,
    exists: existsSync(directory),
  });

export const failing = (): Promise<unknown> => Promise.reject(new RangeError("on purpose"));

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
