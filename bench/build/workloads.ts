import { appendFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { writeNpmProject, writePackages } from "./downloads.ts";

/** What is done to a context that has been built once. */
type Change = (context: string, turn: string) => Promise<void>;

/** Something to build. */
export interface Workload {
  /** What follows `ARG REGISTRY`. Base images are those of bases.ts, below `${REGISTRY}/library`. */
  readonly dockerfile: readonly string[];
  /** Writes what is in the context beside the Dockerfile. */
  readonly writeContext?: (context: string) => Promise<void>;
  /** Where given, the workload is built once more after it. */
  readonly change?: Change;
  /** What share of the best other builder's time slipway is to take at most without a cache, where it is not all of it. */
  readonly wanted?: number;
  /** The same for the build after the change. */
  readonly wantedAfterChange?: number;
}

const base = (name: string): string => `FROM \${REGISTRY}/library/${name}`;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

/** All workloads, by what they are. */
export const workloads: Readonly<Record<string, Workload>> = {
  "COPY only": {
    dockerfile: [
      base("debian"),
      "COPY application /srv/application",
      "ENV MODE=production",
      "WORKDIR /srv/application",
      'CMD ["./start"]',
    ],
    writeContext: writeApplication,
    wanted: 0.3,
  },
  "ten small RUNs, base of 55,000 files": {
    dockerfile: [base("files"), ...numbers(10).map((step) => `RUN echo ${step} > /srv/${step}`)],
    wanted: 0.3,
  },
  "three independent stages, joined": {
    dockerfile: [
      ...numbers(3).flatMap((stage) => [
        `${base("busybox")} AS stage${stage}`,
        `RUN head -c 40000000 /dev/urandom | base64 -w 0 | tee /plain-${stage} | gzip -9 > /part`,
      ]),
      base("busybox"),
      ...numbers(3).map((stage) => `COPY --from=stage${stage} /part /parts/${stage}`),
    ],
    wanted: 0.8,
  },
  "one RUN that writes 800 MB": {
    dockerfile: [base("busybox"), "RUN head -c 600000000 /dev/urandom | base64 -w 0 > /data"],
    wanted: 0.8,
  },
  "C program, build-essential": {
    dockerfile: [
      `${base("debian")} AS build`,
      "COPY packages /packages",
      "RUN DEBIAN_FRONTEND=noninteractive dpkg --install --recursive /packages",
      "COPY project /srv/project",
      "RUN cc -O2 -static -o /srv/program /srv/project/program.c && /srv/program",
      base("debian"),
      "COPY --from=build /srv/program /usr/local/bin/program",
      'CMD ["program"]',
    ],
    writeContext: writeProgram,
    change: (context, turn) =>
      appendFile(path.join(context, "project/program.c"), `/* ${turn} */\n`),
  },
  "npm project": {
    dockerfile: [
      `${base("node")} AS build`,
      "WORKDIR /srv/project",
      "COPY npm-cache /npm-cache",
      "COPY project/package.json project/package-lock.json ./",
      "RUN npm ci --offline --cache=/npm-cache --ignore-scripts",
      "COPY project ./",
      base("node"),
      "COPY --from=build /srv/project /srv/project",
      "WORKDIR /srv/project",
      'CMD ["node", "index.js"]',
    ],
    writeContext: writeNpmProject,
    change: (context, turn) => appendFile(path.join(context, "project/index.js"), `// ${turn}\n`),
  },
  "COPY --from of 20,000 files": {
    dockerfile: [
      `${base("busybox")} AS build`,
      "RUN for d in $(seq 200); do mkdir -p /out/$d; for f in $(seq 100); do echo $d $f > /out/$d/$f; done; done",
      base("busybox"),
      "COPY --from=build /out /out",
    ],
  },
  "an application on Debian": {
    dockerfile: [
      base("debian"),
      "RUN mkdir -p /srv/application /var/lib/application && date > /var/lib/application/made",
      "COPY application/0 /srv/dependencies",
      "RUN cp -a /srv/dependencies /srv/installed",
      "COPY application /srv/application",
      'CMD ["/srv/application/start"]',
    ],
    writeContext: writeApplication,
    change: (context, turn) =>
      writeFile(path.join(context, "application/1/changed"), `changed in ${turn}\n`),
    wantedAfterChange: 0.3,
  },
  "100 steps": {
    dockerfile: [base("busybox"), ...numbers(100).map(stepOfMany)],
    writeContext: async (context) => {
      await mkdir(path.join(context, "small"));
      for (const step of numbers(100)) await writeFile(path.join(context, `small/${step}`), "a\n");
    },
  },
};

/** In turn a command, a file and a variable. */
function stepOfMany(step: number): string {
  const kinds = [
    `RUN echo ${step} > /home/made-${step}`,
    `COPY small/${step} /home/copied-${step}`,
    `ENV STEP_${step}=${step}`,
  ];
  return kinds[step % kinds.length] ?? "";
}

/** An application of 2,000 files, 40 MB. */
async function writeApplication(context: string): Promise<void> {
  const text = "a line of the application that is to be copied into the image\n".repeat(320);
  for (const file of numbers(2000)) {
    const name = path.join(context, "application", String(file % 50), String(file));
    await mkdir(path.dirname(name), { recursive: true });
    await writeFile(name, `${file}\n${text}`);
  }
}

async function writeProgram(context: string): Promise<void> {
  await writePackages(path.join(context, "packages"));
  await mkdir(path.join(context, "project"));
  const program = '#include <stdio.h>\nint main(void) { return puts("works") < 0; }\n';
  await writeFile(path.join(context, "project/program.c"), program);
}
