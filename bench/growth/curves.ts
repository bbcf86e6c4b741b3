import { randomBytes } from "node:crypto";
import { copyFile, mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";

/** How the cost of a build is seen to grow. */
export interface Curve {
  /** What there are more and more of. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** Sizes that take long, or much disk. */
  readonly largeSizes?: readonly number[];
  /** Where given, it builds the base image that the Dockerfile calls `base`. */
  readonly baseDockerfile?: (size: number) => readonly string[];
  readonly dockerfile: (size: number) => readonly string[];
  /** Writes what is in the context, beside a `bin/sh`. */
  readonly writeContext?: (context: string, size: number) => Promise<void>;
}

const filesPerDirectory = 100;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
const withShell = ["FROM scratch", "COPY bin /bin"];

/** All curves, by what is measured. */
export const curves: Readonly<Record<string, Curve>> = {
  "COPY of files": {
    unit: "files",
    sizes: [1000, 10_000, 100_000],
    largeSizes: [500_000],
    dockerfile: () => ["FROM scratch", "COPY files /files"],
    writeContext: writeFiles,
  },
  "RUN on a base of files": {
    unit: "files",
    sizes: [1000, 10_000, 100_000],
    largeSizes: [500_000],
    baseDockerfile: () => [...withShell, "COPY files /files"],
    dockerfile: () => ["FROM base", "RUN echo done > /done"],
    writeContext: writeFiles,
  },
  "RUN on a base of layers": {
    unit: "layers",
    sizes: [2, 30, 60, 120],
    baseDockerfile: (size) => [
      ...withShell,
      ...numbers(size - 1).map((layer) => `COPY small /layers/${layer}`),
    ],
    dockerfile: () => ["FROM base", "RUN echo done > /done"],
    writeContext: writeSmallFile,
  },
  "steps: COPY": {
    unit: "steps",
    sizes: [1, 30, 100, 300],
    dockerfile: (size) => [
      "FROM scratch",
      ...numbers(size).map((step) => `COPY small /steps/${step}`),
    ],
    writeContext: writeSmallFile,
  },
  "steps: RUN": {
    unit: "steps",
    sizes: [1, 30, 100, 300],
    dockerfile: (size) => [
      ...withShell,
      ...numbers(size).map((step) => `RUN echo ${step} > /step-${step}`),
    ],
  },
  stages: {
    unit: "stages",
    sizes: [1, 10, 30, 60],
    dockerfile: (size) => [
      ...numbers(size).flatMap((stage) => [
        `FROM scratch AS stage${stage}`,
        "COPY bin /bin",
        `RUN echo ${stage} > /made`,
      ]),
      "FROM scratch",
      ...numbers(size).map((stage) => `COPY --from=stage${stage} /made /made/${stage}`),
    ],
  },
  "size of a layer": {
    unit: "MB",
    sizes: [1, 10, 100, 1000],
    largeSizes: [4000],
    dockerfile: () => ["FROM scratch", "COPY large /"],
    writeContext: writeLargeFile,
  },
};

/** Writes the context and the Dockerfiles of one point of a curve. */
export async function writePoint(curve: Curve, size: number, context: string): Promise<void> {
  await mkdir(path.join(context, "bin"), { recursive: true });
  await copyFile("/bin/busybox", path.join(context, "bin/sh"));
  await curve.writeContext?.(context, size);
  await writeFile(path.join(context, "Dockerfile"), `${curve.dockerfile(size).join("\n")}\n`);
  const base = curve.baseDockerfile?.(size);
  if (base === undefined) return;
  await writeFile(path.join(context, "Dockerfile.base"), `${base.join("\n")}\n`);
}

async function writeFiles(context: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += filesPerDirectory) {
    const inside = path.join(context, "files", String(first));
    await mkdir(inside, { recursive: true });
    const files = numbers(filesPerDirectory).map((at) =>
      writeFile(path.join(inside, `file-${at}`), `the file ${first + at}\n`),
    );
    await Promise.all(files);
  }
}

async function writeSmallFile(context: string): Promise<void> {
  await writeFile(path.join(context, "small"), "small\n");
}

/** Of hexadecimal digits: text that can be compressed to half. */
async function writeLargeFile(context: string, megabytes: number): Promise<void> {
  const block = Buffer.from(randomBytes(500_000).toString("hex"));
  await using file = await open(path.join(context, "large"), "w");
  for (let written = 0; written < megabytes; written += 1) await file.writeFile(block);
}
