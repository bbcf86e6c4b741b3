import path from "node:path";
import { inTurn, type Measurement, measure } from "../measure.ts";

/** One build: an image is pulled, built and pushed. */
export interface BuildRequest {
  /** A directory with a Dockerfile. */
  readonly context: string;
  readonly registry: string;
  readonly destination: string;
  /** A directory for everything that the builder stores on this machine; the same for builds that share a cache. */
  readonly scratch: string;
  /** Whether what earlier builds left is taken, and something left for later ones. */
  readonly cached: boolean;
}

/** A program that builds images. */
export interface Builder {
  readonly name: string;
  /** Whether it is slipway itself, and no peer. */
  readonly own?: boolean;
  /** Whether it is measured without a cache only, or with one only. */
  readonly only?: "cold" | "cached";
  readonly build: (request: BuildRequest) => Promise<Measurement>;
}

/** What slipway is told in every place that it runs in. */
export function slipwayArguments({ registry, destination, cached }: BuildRequest): string[] {
  return [
    `--build-arg=REGISTRY=${registry}`,
    `--insecure-registry=${registry}`,
    `--destination=${destination}`,
    ...(cached ? ["--cache"] : []),
  ];
}

const slipway = (name: string, options: (request: BuildRequest) => readonly string[]): Builder => ({
  name,
  own: true,
  build: (request) =>
    measure([
      process.execPath,
      path.resolve("dist/slipway.mjs"),
      "build",
      `--context=${request.context}`,
      `--dockerfile=${request.context}/Dockerfile`,
      `--work-dir=${request.scratch}`,
      ...slipwayArguments(request),
      ...options(request),
    ]),
});

/** Steps of independent stages run at the same time, as slipway's do. */
const parallel = "--jobs=0";

/** A program that keeps images in a storage of its own, and pushes from there. */
interface StoringProgram {
  readonly program: "buildah" | "podman";
  readonly settings?: (scratch: string) => readonly string[];
  /** Its command that builds, with what it is told about layers. */
  readonly build: readonly string[];
}

const storing = ({ program, settings, build }: StoringProgram): Builder["build"] => {
  return async ({ context, registry, destination, scratch }) => {
    const storage = [`--root=${scratch}/root`, `--runroot=${scratch}/runroot`];
    const own = [...storage, "--storage-driver=overlay", ...(settings?.(scratch) ?? [])];
    const what = [`--build-arg=REGISTRY=${registry}`, "-t", destination, context];
    const how = ["--isolation=chroot", "--tls-verify=false"];
    return inTurn([
      await measure([program, ...own, ...build, ...how, ...what]),
      await measure([program, ...own, "push", "--quiet", "--tls-verify=false", destination]),
    ]);
  };
};

const layered = ["--layers=true", parallel];

/** Builders that run as root of this machine, and are in Debian or here. */
export const builders: readonly Builder[] = [
  slipway("slipway", () => []),
  {
    ...slipway("slipway, `--cache-dir`", ({ scratch }) => [`--cache-dir=${scratch}/kept`]),
    only: "cached",
  },
  { name: "buildah", build: storing({ program: "buildah", build: ["bud", ...layered] }) },
  {
    name: "buildah, one layer",
    only: "cold",
    // Not parallel: of stages at the same time, without layers, one may look for files of another that is gone.
    build: storing({ program: "buildah", build: ["bud", "--layers=false"] }),
  },
  {
    name: "podman",
    build: storing({
      program: "podman",
      settings: (scratch) => [`--tmpdir=${scratch}/tmp`, "--cgroup-manager=cgroupfs"],
      build: ["build", ...layered],
    }),
  },
];
