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

/** `layers` is what the program is told about them: one for each step, as in other builders, or one for all. */
const buildah = (layers: boolean): Builder["build"] => {
  return async ({ context, registry, destination, scratch }) => {
    const storage = [`--root=${scratch}/root`, `--runroot=${scratch}/runroot`];
    const program = ["buildah", ...storage, "--storage-driver=overlay"];
    // Of stages at the same time, without layers, one may look for files of another that is gone.
    const how = layers ? ["--layers=true", parallel] : ["--layers=false"];
    const what = [`--build-arg=REGISTRY=${registry}`, "-t", destination, context];
    return inTurn([
      await measure([
        ...program,
        "bud",
        "--isolation=chroot",
        ...how,
        "--tls-verify=false",
        ...what,
      ]),
      await measure([...program, "push", "--quiet", "--tls-verify=false", destination]),
    ]);
  };
};

const podman = async ({
  context,
  registry,
  destination,
  scratch,
}: BuildRequest): Promise<Measurement> => {
  const storage = [`--root=${scratch}/root`, `--runroot=${scratch}/runroot`];
  const settings = [`--tmpdir=${scratch}/tmp`, "--cgroup-manager=cgroupfs"];
  const program = ["podman", ...storage, ...settings, "--storage-driver=overlay"];
  const build = ["build", "--isolation=chroot", parallel, "--layers=true"];
  const what = [`--build-arg=REGISTRY=${registry}`, "-t", destination, context];
  return inTurn([
    await measure([...program, ...build, "--tls-verify=false", ...what]),
    await measure([...program, "push", "--quiet", "--tls-verify=false", destination]),
  ]);
};

/** Builders that run as root of this machine, and are in Debian or here. */
export const builders: readonly Builder[] = [
  slipway("slipway", () => []),
  {
    ...slipway("slipway, `--cache-dir`", ({ scratch }) => [`--cache-dir=${scratch}/kept`]),
    only: "cached",
  },
  { name: "buildah", build: buildah(true) },
  { name: "buildah, one layer", only: "cold", build: buildah(false) },
  { name: "podman", build: podman },
];
