import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { debianImage } from "../../test/support/debian-image.ts";
import { writeNodeContext } from "../../test/support/node-image.ts";
import { layoutTag } from "../../test/support/oci-layout.ts";
import type { PodImage } from "../../test/support/pod-image.ts";
import { podCommand, podProfiles } from "../../test/support/pods.ts";
import { measure } from "../measure.ts";
import { podImage } from "./image.ts";

const run = promisify(execFile);

/** What people really build: the commands of one stage, on Debian, and what the next one takes. */
interface Work {
  readonly commands: readonly string[];
  /** What is copied into a second stage. */
  readonly result: string;
}

const install = "apt-get update && apt-get install -y --no-install-recommends";

const works: Readonly<Record<string, Work>> = {
  "C program, `build-essential`": {
    commands: [
      `${install} build-essential`,
      "cc -O2 -static -o /srv/program /srv/project/program.c && /srv/program",
    ],
    result: "/srv/program",
  },
  "npm project with a native module": {
    commands: [
      "cd /srv/project && npm ci",
      `cd /srv/project && node -e 'require("bufferutil").mask(Buffer.from("a"), Buffer.from("abcd"), Buffer.alloc(1), 0, 1)'`,
    ],
    result: "/srv/project/node_modules",
  },
  "Python virtual environment": {
    commands: [
      `${install} python3-venv`,
      "python3 -m venv /srv/venv && /srv/venv/bin/pip install --no-index --no-build-isolation /srv/project",
      "/srv/venv/bin/python -c 'import greeting'",
    ],
    result: "/srv/venv",
  },
};

const projectFiles = {
  "program.c": '#include <stdio.h>\nint main(void) { return puts("works") < 0; }\n',
  "package.json":
    '{"name": "project", "version": "1.0.0", "dependencies": {"bufferutil": "4.1.0"}}\n',
  "setup.py": 'from setuptools import setup\nsetup(name="greeting", py_modules=["greeting"])\n',
  "greeting.py": 'text = "works"\n',
};

/** The flags of `pods work`. */
interface WorkFlags {
  readonly profile: readonly string[];
  readonly bundle: boolean;
  /** A regular expression of what is built. */
  readonly filter?: string | undefined;
}

/** What the measurements share. */
interface Bench {
  /** A new directory that every pod may read. */
  readonly directory: string;
  readonly image: PodImage;
}

/** Builds real projects in pods, and does the same in a plain chroot; prints a table of the times. */
export async function benchWork({ profile: profiles, bundle, filter }: WorkFlags): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-work-"));
  await chmod(directory, 0o755);
  try {
    await writeContext(directory);
    const bench = { directory, image: await podImage({ bundle, debug: false }, directory) };
    const chosen = profiles.length === 0 ? Object.keys(podProfiles) : profiles;
    const rows = new Map(chosen.map((profile) => [profile, [`\`${profile}\``]]));
    const times: string[] = [];
    const wanted = new RegExp(filter ?? "");
    for (const [name, work] of Object.entries(works).filter(([each]) => wanted.test(each))) {
      const plain = await inChroot(work, bench);
      times.push(`${name} (chroot: ${seconds(plain)})`);
      for (const profile of chosen) {
        const took = await inPod(profile, work, bench);
        rows.get(profile)?.push(`${seconds(took)} (${(took / plain).toFixed(1)})`);
        process.stdout.write(`${name}, ${profile}: ${seconds(took)}\n`);
      }
    }
    const head = [
      ["pod", ...times],
      ["---", ...times.map(() => "---:")],
    ];
    for (const row of [...head, ...rows.values()]) process.stdout.write(`| ${row.join(" | ")} |\n`);
    return 0;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function writeContext(directory: string): Promise<void> {
  const project = path.join(directory, "context/project");
  await mkdir(project, { recursive: true });
  for (const [name, text] of Object.entries(projectFiles)) {
    await writeFile(path.join(project, name), text);
  }
  await run("npm", ["install", "--package-lock-only", "--silent"], { cwd: project });
  await writeNodeContext(path.join(directory, "node"), "debian");
}

/** The time in milliseconds from the start of the pod to the end of the build, outputs included. */
async function inPod(profile: string, work: Work, { directory, image }: Bench): Promise<number> {
  const lines = [
    "FROM debian AS work",
    "COPY --from=node local /usr/local",
    "COPY project /srv/project",
    ...work.commands.map((command) => `RUN ${command}`),
    "FROM debian",
    `COPY --from=work ${work.result} /result`,
    "RUN test -e /result",
  ];
  await writeFile(path.join(directory, "context/Dockerfile"), `${lines.join("\n")}\n`);
  const scratch = await mkdtemp(path.join(directory, "pod-"));
  await chmod(scratch, 0o711);
  try {
    const mounts = {
      "/context": path.join(directory, "context"),
      "/node": path.join(directory, "node"),
      "/debian": await debianImage(),
    };
    const command = await podCommand({
      profile,
      layers: await image.layers(podProfiles[profile]?.idShift ?? 0),
      scratch,
      environment: image.environment,
      options: Object.entries(mounts).map(([target, source]) => `--mount=${source}:${target}:ro`),
      command: [
        ...image.entrypoint,
        "build",
        "--context=/context",
        "--no-push",
        "--build-context=node=/node",
        "--build-context=debian=oci-layout:///debian",
      ],
    });
    return (await measure(command)).milliseconds;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The time in milliseconds of the commands alone, one after the other, as root of a chroot. */
async function inChroot({ commands }: Work, { directory }: Bench): Promise<number> {
  const bundle = path.join(directory, "chroot");
  const root = path.join(bundle, "rootfs");
  await run("umoci", ["unpack", "--image", `${await debianImage()}:${layoutTag}`, bundle]);
  try {
    const asItIs = { recursive: true, verbatimSymlinks: true };
    await cp(path.join(directory, "node/local"), path.join(root, "usr/local"), asItIs);
    await cp(path.join(directory, "context/project"), path.join(root, "srv/project"), asItIs);
    await cp("/etc/resolv.conf", path.join(root, "etc/resolv.conf"));
    const mounts = ["proc", "dev"].map((name) => `mount --rbind /${name} ${root}/${name}`);
    const steps = commands.map((_, at) => `chroot ${root} /bin/sh -c "$${at + 1}"`);
    const script = [...mounts, ...steps].join(" && ");
    const command = ["unshare", "--mount", "sh", "-c", script, "chroot", ...commands];
    return (await measure(command)).milliseconds;
  } finally {
    await rm(bundle, { recursive: true });
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
